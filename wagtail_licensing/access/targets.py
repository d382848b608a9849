"""What a gate may stand before, and which gates stand before one target."""

from typing import Any

from django.db import models
from wagtail.documents.models import AbstractDocument
from wagtail.models import Collection

from ..compat import page_model
from ..grants.by_hand import OPEN_GATE, USE_PRODUCT
from ..models import Gate, LicenseProduct
from .index import GateIds, GateIndex


def gates_of(index: GateIndex, target: Any) -> GateIds:
    """Return the ids of the gates before a page, document, collection, gate, named area or any
    other object of a model.

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
    if isinstance(target, models.Model):
        return index.gates_of_object(target)
    raise TypeError(f"{type(target).__name__} cannot be gated")


def _younger(gate: Gate) -> GateIds:
    raise LookupError(f"gate {gate.pk} is not in the index")


def answers_permission(perm: str, target: Any) -> bool:
    """Tell whether ``perm`` on ``target`` is one that the access decision answers.

    ``perm`` is a codename, or one with our application label.
    """
    label, _, codename = perm.rpartition(".")
    if label not in ("", Gate._meta.app_label):
        return False
    if codename == USE_PRODUCT:
        return isinstance(target, LicenseProduct)
    kinds = (page_model(), AbstractDocument, Collection, Gate)
    return codename == OPEN_GATE and isinstance(target, kinds)
