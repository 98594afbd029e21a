"""The declaration of a setting: its name, kind, default and description, in one place.

A setting is declared as a field of a class, such as `ProvidersSettings`. In a stack file, the setting has the field's
name in camelCase. hookline makes the validation, the error message and the setting's row in the README
(`hookline.infra.settings.table`) from the declaration.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass
from typing import Any, TypeVar, dataclass_transform

import pulumi
from pulumi.runtime import config as pulumi_config

from hookline.infra.settings.kinds import Kind

NAMESPACE = "hookline"
_NAMES: set[str] = set()
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """The description of a setting, without its value.

    Attributes:
        name: the name in a stack file.
        field: the name of the field that declares the setting.
        kind: the setting's kind, with the parser and the allowed values.
        doc: the description, in one line of Markdown.
        default: the text that the README shows as the default.
    """

    name: str
    field: str
    kind: Kind
    doc: str
    default: str


class SettingsError(pulumi.RunError):
    """Raised if a setting is missing, unknown or wrong. Pulumi prints the message without a traceback.

    Attributes:
        key: the full name of the setting, such as `hookline:expiryDays`.
    """

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        super().__init__(f"{key} {problem}")


def setting(kind: Kind, doc: str, default: Any = MISSING, shown: str = "") -> Any:  # noqa: ANN401 - of the field's type
    """Declare a setting as a field of a class of settings.

    Args:
        kind: the setting's kind. A value can also be a Pulumi output, or None if the default is None.
        doc: the description, in one line of Markdown.
        default: the default value. A setting without a default is required.
        shown: the text that the README shows as the default; empty to show the default value.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "doc": doc, "shown": shown})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting,))
def settings(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass with keyword-only arguments, and register its fields as settings of hookline."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    _NAMES.update(each.name for each in known(made))
    return made


def known(cls: type) -> list[Setting]:
    """Return the settings that a class declares, in the order of its fields."""
    return [_setting(field) for field in dataclasses.fields(cls)]


def check(values: object) -> None:
    """Validate every setting in an instance of a settings class. Raise `SettingsError` for the first wrong value."""
    for field in dataclasses.fields(values):  # type: ignore[arg-type]
        value = getattr(values, field.name)
        if not (isinstance(value, pulumi.Output) or (value is None and field.default is None)):
            require(_setting(field), value)


def require(of: Setting, value: object) -> None:
    """Raise `SettingsError` if the setting `of` does not allow the value."""
    if not of.kind.accepts(value):
        raise wrong(of.name, value, f"it must be {of.kind.allowed}")


def wrong(name: str, value: object, why: str) -> SettingsError:
    """Return the error for a value that a setting does not allow. The message shows the value as JSON."""
    return SettingsError(f"{NAMESPACE}:{name}", f"is {_in_a_stack_file(value)}: {why}")


def read(config: pulumi.Config, cls: type) -> dict[str, Any]:
    """Return the values that the stack sets for the settings of a class, as field name → value.

    Args:
        config: `pulumi.Config("hookline")`, or the configuration of your own program's namespace.
        cls: a settings class, such as `ProvidersSettings`.

    Raises:
        SettingsError: if a value cannot be parsed, a required setting is missing or a key under `hookline:` is unknown.
    """
    refuse_unknown()
    values: dict[str, Any] = {}
    for each in known(cls):
        text = config.get(each.name)
        if text is not None:
            values[each.field] = parsed(each, text)
        elif each.default == REQUIRED:
            raise SettingsError(f"{config.name}:{each.name}", f"is not set: it must be {each.kind.allowed}")
    return values


def refuse_unknown() -> None:
    """Raise `SettingsError` if the stack sets a key under `hookline:` that no settings class declares."""
    for key in configured_keys(NAMESPACE):
        if key not in _NAMES:
            closest = difflib.get_close_matches(key, _NAMES, n=1)
            hint = f"did you mean {NAMESPACE}:{closest[0]}?" if closest else f"there are {', '.join(sorted(_NAMES))}"
            raise SettingsError(f"{NAMESPACE}:{key}", f"is not a setting: {hint}")


def configured_keys(namespace: str) -> list[str]:
    """Return the keys that the stack sets in a Pulumi namespace, sorted and without the prefix `{namespace}:`."""
    all_keys = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    return sorted(key.partition(":")[2] for key in all_keys if key.startswith(f"{namespace}:"))


REQUIRED = "required"
"""The text that the README shows as the default of a setting without a default."""


def _setting(field: Field[Any]) -> Setting:
    metadata: Mapping[str, Any] = field.metadata
    shown = metadata["shown"] or (REQUIRED if field.default is MISSING else _shown(field.default))
    return Setting(_camel(field.name), field.name, metadata["kind"], metadata["doc"], shown)


def _shown(default: object) -> str:
    return "none" if default is None else f"`{_in_a_stack_file(default).strip(chr(34))}`"


def parsed(of: Setting, text: str) -> object:
    """Return the value of a setting from its text in Pulumi's configuration. Raise `SettingsError` for a wrong text."""
    try:
        return of.kind.parse(text)
    except ValueError:
        raise wrong(of.name, text, f"it must be {of.kind.allowed}") from None


def _in_a_stack_file(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
