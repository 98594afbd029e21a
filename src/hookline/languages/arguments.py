"""The arguments of the components in other languages, made from the declarations of the settings."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

from pulumi.provider.experimental.analyzer import is_input

from hookline.infra.settings.setting import NAMESPACE, REQUIRED, Setting, SettingsError, known, parsed
from hookline.infra.settings.stack import all_settings

NAME_PREFIX = "name_prefix"
_OTHER_DESCRIPTIONS = {
    NAME_PREFIX: "The start of every resource's name: 1 to 10 of `a-z`, `0-9` and inner hyphens. Pipelines with the "
    "same suffix need different prefixes.",
    "allow_unsigned": "Whether the transactions endpoint accepts requests without a signature. Default: `false`.",
}
_DOCS = "https://github.com/hookline/hookline/blob/main/docs/"
T = TypeVar("T")


def arguments(settings: Sequence[type]) -> dict[str, Any]:
    """Return the arguments of a component with these settings classes: name in Python → type for Pulumi's analyser.

    A setting with a default is optional. The setting `allowUnsigned` has only the values true and false, because
    `local` has no meaning outside local mode, which runs programs in Python only.
    """
    made: dict[str, Any] = {}
    for cls in settings:
        hints = _hints(cls)
        for each in known(cls):
            kind = _argument(each.field, hints[each.field])
            made[each.field] = kind if each.default == REQUIRED else kind | None
    return made | {NAME_PREFIX: str | None}


def descriptions() -> dict[str, str]:
    """Return the description of each argument in Markdown: name in Python → description with the default."""
    return {each.field: _description(each) for each in all_settings()} | _OTHER_DESCRIPTIONS


def settings_from(cls: type[T], given: Mapping[str, Any]) -> T:
    """Return the settings of a class, from the arguments of a component.

    Args:
        cls: a settings class, such as `ProvidersSettings`.
        given: name of an argument in Python → value as Pulumi sends it. Other arguments than those of `cls` can be
            among them.

    Raises:
        SettingsError: if a value is wrong, or is not known before the deployment although it must be.
    """
    hints = _hints(cls)
    values = {
        each.field: given[each.field] if is_input(hints[each.field]) else _value(each, given[each.field])
        for each in known(cls)
        if each.field in given
    }
    return cls(**values)


def _hints(cls: type) -> dict[str, Any]:
    return {name: hint for base in reversed(cls.__mro__) for name, hint in _own_hints(base).items()}


def _own_hints(cls: type) -> dict[str, Any]:
    return inspect.get_annotations(cls, eval_str=True)


def _argument(name: str, hint: Any) -> Any:  # noqa: ANN401 - a type of any form
    """Return the type that Pulumi's analyser takes, for the type of a setting.

    A choice of words becomes an enum, which has the name of the setting. A number or a word becomes a text, because
    the analyser takes no unions. Of any other union, it takes the first member.
    """
    origin, members = get_origin(hint), get_args(hint)
    if origin is Literal:
        return StrEnum("".join(map(str.title, name.split("_"))), {word: word for word in members}, module=__name__)
    if origin is tuple:
        return list[_argument(name, members[0])]
    if origin is Mapping:
        return dict[str, _argument(name, members[1])]
    if origin in (Union, UnionType) and not is_input(hint):
        return str if int in members and _has_a_word(name) else _argument(name, members[0])
    return hint


def _has_a_word(name: str) -> bool:
    """Return whether a setting can have a word in place of a number, such as `none`."""
    (of,) = [each for each in all_settings() if each.field == name]
    return re.search(r"or [a-z]+$", of.kind.allowed) is not None


def _value(of: Setting, sent: object) -> object:
    try:
        text = sent if isinstance(sent, str) else json.dumps(_with_whole_numbers(sent))
    except TypeError:  # an output cannot become JSON
        problem = "must be known before the deployment, so it cannot be an output of another resource"
        raise SettingsError(f"{NAMESPACE}:{of.name}", problem) from None
    return parsed(of, text)


def _with_whole_numbers(sent: object) -> object:
    """Return a value with `int` instead of `float` for whole numbers, because Pulumi sends every number as a float."""
    match sent:
        case float() if sent.is_integer():
            return int(sent)
        case list():
            return [_with_whole_numbers(each) for each in cast("list[object]", sent)]
        case dict():
            return {key: _with_whole_numbers(each) for key, each in cast("dict[str, object]", sent).items()}
        case _:
            return sent


def _description(of: Setting) -> str:
    text = of.doc[0].upper() + of.doc[1:].replace("](docs/", f"]({_DOCS}") + "."
    return text if of.default == REQUIRED else f"{text} Default: {of.default}."
