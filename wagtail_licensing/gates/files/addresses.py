"""The addresses of files: that of a file behind a gate leads through the gate, wherever it is printed.

Templates, rich text, APIs and other packages all ask the file of a model for its ``url`` in the
end. So that is where the address of the storage is kept back. It does not depend on who asks:
pages that hold it may be cached.
"""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.urls import NoReverseMatch, reverse

from ...access.decision import any_gate, effective_gates
from ...domain.access import Audience
from ..reach import may_be_gated
from .kinds import file_kinds, kind_of, owner_of

_MARK = "closed_by_wagtail_licensing"


def close_addresses() -> None:
    """Wrap ``url`` of the files that Wagtail knows; called once, when the application is ready."""
    for kind in file_kinds():
        for name in kind.fields:
            for owner in kind.field(name).attr_class.__mro__:
                if isinstance(owner.__dict__.get("url"), property):
                    _close(owner)
                    break


def _close(owner: Any) -> None:
    original = owner.__dict__["url"]
    if not getattr(original.fget, _MARK, False):
        owner.url = property(_through_the_gate(original.fget))


def _through_the_gate(url: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(url)
    def address(self: Any) -> str:
        instance, field = self.instance, self.field.name
        kind = kind_of(instance, field) if self else None
        if kind is None:
            return url(self)
        if is_gated(instance):
            return address_of(kind, instance, field)
        if kind == "document":
            return url(self)
        try:
            return url(self)
        except NotImplementedError:
            # A storage that nobody reaches from outside: we hand out what is not gated, too.
            return address_of(kind, instance, field)

    setattr(address, _MARK, True)
    return address


def is_gated(instance: Any) -> bool:
    """Tell whether a gate stands before a document, image, rendition or media file, whoever asks.

    No query while the gate index is young, but for the image of a rendition that is not loaded.
    When it cannot be known, there is one.
    """
    try:
        owner = owner_of(instance)
        if not any_gate() or not may_be_gated(type(owner)):
            return False
        gates = effective_gates(owner)
        return any(gate.audience != Audience.EVERYONE for gate in gates)
    except Exception:  # noqa: BLE001 - the address of the gate is of use to nobody who may not pass it
        return True


def address_of(kind: str, instance: Any, field: str) -> str:
    """Return the address that leads to a file through its gate; "" where the site includes none."""
    filename = os.path.basename(getattr(instance, field).name)
    try:
        if kind == "document":
            return reverse("wagtaildocs_serve", args=[instance.pk, filename])
        return reverse("wagtail_licensing:file", args=[kind, instance.pk, field, filename])
    except NoReverseMatch:
        return ""
