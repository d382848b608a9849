"""The control of the matrix: the same site with the layer of the plugin switched off."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from unittest.mock import patch

from wagtail.blocks import StructBlock
from wagtail.models import PageViewRestriction

from wagtail_licensing.access import freshness
from wagtail_licensing.access.index import GateIndex
from wagtail_licensing.access.reader import Reader
from wagtail_licensing.blocks import GatedBlockMixin
from wagtail_licensing.domain.access import NO_GATE
from wagtail_licensing.gates import condition
from wagtail_licensing.models import FloorRestriction, Gate

# The name of the module is that of a function in its package.
_GATED = import_module("wagtail_licensing.blocks.gated")


@contextmanager
def switched_off(reaches: str) -> Iterator[None]:
    """Let every decision find no gate anywhere, as if the plugin were not there."""
    with _parts_are_open() if reaches == "part" else _no_gate_stands():
        yield


@contextmanager
def _no_gate_stands() -> Iterator[None]:
    _take_away_the_floor()
    with patch.object(freshness, "load_index", GateIndex):
        freshness.forget()
        yield
    freshness.forget()


@contextmanager
def _parts_are_open() -> Iterator[None]:
    """Open what asks for a product or an area: without an answer it would be closed to all."""
    Gate.objects.filter(kind="area").update(audience="everyone")
    with ExitStack() as stack:
        for module in (_GATED, condition):
            stack.enter_context(patch.object(module, "part_is_open", lambda *args, **kwargs: True))
        stack.enter_context(patch.object(Reader, "check_products", lambda *args, **kwargs: NO_GATE))
        stack.enter_context(
            patch.object(GatedBlockMixin, "get_searchable_content", StructBlock.get_searchable_content)
        )
        yield


def _take_away_the_floor() -> None:
    """Delete the restrictions under hidden gates past every signal, which would put them back."""
    ids = list(FloorRestriction.objects.values_list("restriction_id", flat=True))
    FloorRestriction.objects.all()._raw_delete("default")
    PageViewRestriction.groups.through.objects.filter(pageviewrestriction__in=ids)._raw_delete("default")
    PageViewRestriction.objects.filter(pk__in=ids)._raw_delete("default")
