"""What a gate may stand before, and which gates stand before one target."""

from typing import Any

from wagtail.documents.models import AbstractDocument
from wagtail.models import Collection

from ..compat import page_model
from ..models import Gate, LicenseProduct
from .index import GateIds, GateIndex


def gates_of(index: GateIndex, target: Any) -> GateIds:
    """Return the ids of the gates before a page, document, collection, gate or named area.

    Raises :class:`TypeError` for anything else, :class:`LookupError` for a target that is younger
    than the index.
    """
    if isinstance(target, str):
        return index.areas.get(target, ())
    if isinstance(target, page_model()):
        return index.gates_of_page(target)
    if isinstance(target, AbstractDocument):
        return index.gates_of_document(target)
    if isinstance(target, Collection):
        return index.gates_of_collection(target.pk)
    if isinstance(target, Gate):
        return (target.pk,) if target.pk in index.facts else _younger(target)
    raise TypeError(f"{type(target).__name__} cannot be gated")


def _younger(gate: Gate) -> GateIds:
    raise LookupError(f"gate {gate.pk} is not in the index")


def is_gateable(target: Any) -> bool:
    """Tell whether access to ``target`` can be asked for."""
    kinds = (str, page_model(), AbstractDocument, Collection, Gate, LicenseProduct)
    return isinstance(target, kinds)
