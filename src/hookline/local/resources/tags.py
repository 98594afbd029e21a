"""The change of a resource's tags in the emulator."""

from __future__ import annotations

from collections.abc import Callable

from hookline.local.provision.making import Making


def set_tags(
    making: Making,
    present: dict[str, str],
    tag: Callable[[dict[str, str]], object],
    untag: Callable[[list[str]], object],
) -> None:
    """Give a resource the tags of the program in place of its present tags.

    Args:
        making: the update of the resource.
        present: the tags that the resource has now.
        tag: a function that adds tags.
        untag: a function that removes the tags with these keys.
    """
    if gone := sorted(present.keys() - making.tags.keys()):
        untag(gone)
    if new := dict(making.tags.items() - present.items()):
        tag(new)
