"""A copy of a gated page is gated: what was not public does not become so by being copied."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from wagtail.actions.copy_page import CopyPageAction

from ..access.decision import any_gate, effective_gates
from ..domain.access import Audience
from ..models import EntitlementRule, Gate
from ..models.gates import GateKind
from .upkeep import put_gate
from .write import announce_gate

#: Where an action keeps the pages it copied, each with its copy.
_PAIRS = "_licensing_pairs"


def watch_copies() -> None:
    """Follow every copy that Wagtail makes; called once, when the application is ready.

    No signal tells of a copy, so that the action itself is wrapped.
    """
    if getattr(CopyPageAction, "carries_gates", False):
        return
    CopyPageAction.execute = _gated(CopyPageAction.execute)
    CopyPageAction._copy_page = _remembered(CopyPageAction._copy_page)
    CopyPageAction.carries_gates = True


def _gated(execute: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(execute)
    def execute_and_gate(self: Any, *args: Any, **kwargs: Any) -> Any:
        # In one transaction: a copy that is live is never seen without its gate.
        with transaction.atomic():
            setattr(self, _PAIRS, [])
            copied = execute(self, *args, **kwargs)
            carry_gates(getattr(self, _PAIRS), by=self.user)
        return copied

    return execute_and_gate


def _remembered(copy_page: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(copy_page)
    def copy_and_remember(self: Any, page: Any, *args: Any, **kwargs: Any) -> Any:
        copied = copy_page(self, page, *args, **kwargs)
        getattr(self, _PAIRS, []).append((page, copied))
        return copied

    return copy_and_remember


def carry_gates(pairs: list[tuple[Any, Any]], *, by: Any) -> None:
    """Give each copy, of ``pairs`` of a page and its copy, the gate of its page.

    A gate of its own goes along as it is. One that is inherited or comes from the source of an
    alias is put before the copy where that would be open otherwise. A translation, and a copy
    under the same gate, need nothing. ``by`` is the user who copies, or None. No query while no
    gate stands and the gate index is young; one more to know which pages have a gate of their own.
    """
    if not any_gate():
        return
    # Parents first: what they carry, their children inherit.
    pairs = sorted(pairs, key=lambda pair: str(pair[1].path))
    own = Gate.objects.filter(page_id__in=[page.pk for page, _ in pairs])
    own_gates = {gate.page_id: gate for gate in own}
    for page, copied in pairs:
        gates, present = effective_gates(page), effective_gates(copied)
        if {gate.id for gate in gates} <= {gate.id for gate in present}:
            continue
        own_gate = own_gates.get(page.pk)
        if own_gate is not None and page.alias_of_id is None:
            announce_gate(gate=_clone(own_gate, copied.pk), by=by, before=None)
        elif all(gate.audience == Audience.EVERYONE for gate in present):
            put_gate(copied.pk, gates)


def _clone(gate: Gate, page_id: int) -> Gate:
    rules = list(gate.rules.values("product_id", "after_days", "keeps", "downloads_per_month"))
    clone = Gate.objects.create(
        kind=GateKind.PAGE,
        page_id=page_id,
        audience=gate.audience,
        without_access=gate.without_access,
        free_until=gate.free_until,
        free_from=gate.free_from,
        free_reads=gate.free_reads,
    )
    for rule in rules:
        EntitlementRule.objects.create(gate=clone, **rule)
    return clone
