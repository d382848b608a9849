"""Channels of a site that no scan can discover by itself."""

from collections.abc import Callable, Iterable
from typing import Any

#: Takes a gated page, document, image or media file; returns paths of the site.
Urls = Callable[[Any], Iterable[str]]

_channels: dict[str, Urls] = {}


def register_channel(name: str, urls: Urls) -> None:
    """Have ``urls(target)`` asked in every scan, for each gated page and file.

    ``urls`` returns paths, with a query if there is one: where content of ``target`` could come out.
    ``name`` is the channel in reports; a name given again replaces what it had. Call it from
    ``AppConfig.ready()``, ``wagtail_hooks.py`` or a ``conftest.py``.
    """
    _channels[name] = urls


def unregister_channel(name: str) -> None:
    """Forget a channel. Nothing happens where there is none."""
    _channels.pop(name, None)


def registered_channels() -> dict[str, Urls]:
    """Return the channels that were registered, by name."""
    return dict(_channels)
