"""Conversion between the protobuf values of Pulumi's SDK and plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
_SIGNATURE = rpc._special_sig_key  # pyright: ignore[reportPrivateUsage]
_SECRET = rpc._special_secret_sig  # pyright: ignore[reportPrivateUsage]
_ARCHIVE = rpc._special_archive_sig  # pyright: ignore[reportPrivateUsage]


@dataclass(frozen=True)
class Archive:
    """The files of a Lambda function's code archive.

    Attributes:
        files: path inside the archive → content.
    """

    files: Mapping[str, bytes]


def to_plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Convert the properties in a request of Pulumi's SDK to plain Python values.

    Raises:
        ValueError: for an asset, and for an archive that contains anything except files and strings.
    """
    return {key: _plain(value) for key, value in json_format.MessageToDict(struct).items()}


def comparable(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return properties in a form in which a secret equals its value, and archives with equal hashes are equal."""
    return _comparable(json_format.MessageToDict(struct))


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Convert plain Python values to the protobuf type that Pulumi's SDK expects in an answer."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(values), struct)
    return struct


def merge(inputs: struct_pb2.Struct, outputs: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return a resource's inputs and outputs together. No output replaces an input, so secret inputs stay secret."""
    merged = struct_pb2.Struct()
    merged.CopyFrom(inputs)
    known = {key: value for key, value in outputs.items() if key not in inputs.fields}
    merged.MergeFrom(to_struct(known))
    return merged


def _comparable(value: Any) -> Any:
    match value:
        case list():
            return [_comparable(item) for item in cast("list[Any]", value)]
        case dict():
            return _comparable_object(cast("dict[str, Any]", value))
        case _:
            return value


def _comparable_object(value: dict[str, Any]) -> Any:
    signature = value.get(_SIGNATURE)
    if signature == _SECRET:
        return _comparable(value["value"])
    if signature == _ARCHIVE and "hash" in value:
        return value["hash"]
    return {key: _comparable(item) for key, item in value.items()}


def _plain(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in cast("list[Any]", value)]
        case dict():
            return _plain_object(cast("dict[str, Any]", value))
        case _:
            return value


def _plain_object(value: dict[str, Any]) -> Any:
    signature = value.get(_SIGNATURE)
    if signature is None:
        return {key: _plain(item) for key, item in value.items()}
    if signature == _SECRET:
        return _plain(value["value"])
    if signature == _ARCHIVE and "assets" in value:
        return Archive({path: _content(asset) for path, asset in sorted(value["assets"].items())})
    raise ValueError("the only supported asset is an archive whose entries are files or strings")


def _content(asset: dict[str, Any]) -> bytes:
    if "path" in asset:
        return Path(asset["path"]).read_bytes()
    if "text" in asset:
        return asset["text"].encode()
    raise ValueError("the only supported asset is an archive whose entries are files or strings")
