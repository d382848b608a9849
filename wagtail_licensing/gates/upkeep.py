"""Keep gates true while the site is rearranged: pages move, aliases come and go, collections change.

Gates hang on ids, the gate index on paths. Whatever gives a page or a collection another place, or
makes one page show another, gives the gates a new version in the same transaction, so that no
process goes on with the old places.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import transaction
from wagtail.models import Collection

from ..access.decision import (
    effective_gates,
    gates_around,
    gates_of_aliases,
    strictest_without_access,
)
from ..compat import page_model
from ..domain.access import Audience, GateFacts
from ..models import EntitlementRule, Gate, GateStamp
from .purging import purge_behind
from .wrapping import wrap
from .write import announce_gate


class _Moving(threading.local):
    """The pages that this thread is moving, each with the gates before it until now."""

    def __init__(self) -> None:
        self.gates_before: dict[int, tuple[GateFacts, ...]] = {}


_moving = _Moving()


def raise_stamp_if_gated(**kwargs: Any) -> None:
    """Raise the stamp when any gate stands. One query, two when one does."""
    if Gate.objects.exists():
        GateStamp.raise_version()


def raise_stamp(**kwargs: Any) -> None:
    """Raise the stamp: a gate or a rule went without its own ``delete`` being called."""
    GateStamp.raise_version()


def raise_stamp_of_fixture(*, raw: bool = False, **kwargs: Any) -> None:
    """Raise the stamp for a gate or a rule that a fixture writes past ``save``."""
    if raw:
        GateStamp.raise_version()


def page_moves(*, instance: Any, **kwargs: Any) -> None:
    """Remember a page that is about to move: the save inside the move's transaction follows."""
    _moving.gates_before[instance.pk] = effective_gates(instance)


def page_moved(*, instance: Any, **kwargs: Any) -> None:
    """Raise the stamp after a move, once more: the move is committed by now."""
    _moving.gates_before.pop(instance.pk, None)
    raise_stamp_if_gated()


def page_is_saved(*, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let an alias that becomes a page of its own take along the gates of its source. No query
    for any other page."""
    if raw or instance.pk is None or instance.alias_of_id is not None:
        return
    for facts in gates_of_aliases([instance.path]).values():
        with transaction.atomic():
            put_gate(instance.pk, facts)
            GateStamp.raise_version()


def page_was_saved(*, instance: Any, created: bool = False, **kwargs: Any) -> None:
    """Raise the stamp for a page that moves, for a new alias, and for a new translation of a gated
    page. No query for the update of any other page."""
    if instance.pk in _moving.gates_before:
        raise_stamp_if_gated()
        _carry_gates(instance, _moving.gates_before[instance.pk])
    elif created and instance.alias_of_id is not None:
        raise_stamp_if_gated()
    elif gates_around(instance):
        GateStamp.raise_version()


def _carry_gates(page: Any, before: tuple[GateFacts, ...]) -> None:
    """Let what a page inherited go along with it to a place that is open: a move opens nothing.

    Under another gate the page follows that one.
    """
    closed = [gate for gate in before if gate.audience != Audience.EVERYONE]
    present = effective_gates(page)
    if not closed or {gate.id for gate in closed} <= {gate.id for gate in present}:
        return
    if all(gate.audience == Audience.EVERYONE for gate in present):
        gate = put_gate(page.pk, closed)
        if gate is not None:
            announce_gate(gate=gate, by=None, before=None)


def page_goes(*, instance: Any, **kwargs: Any) -> None:
    """Remember what gates the aliases of a page that goes have only through it."""
    rows = page_model()._base_manager.filter(alias_of_id=instance.pk)
    paths = dict(rows.values_list("path", "pk")) if Gate.objects.exists() else {}
    gates = gates_of_aliases(paths)
    instance._licensing_orphans = {paths[path]: facts for path, facts in gates.items()}


def page_went(*, instance: Any, **kwargs: Any) -> None:
    """Give the aliases that outlive their source its gates, and raise the stamp."""
    orphans: dict[int, tuple[GateFacts, ...]] = getattr(instance, "_licensing_orphans", {})
    surviving = page_model()._base_manager.filter(pk__in=list(orphans)) if orphans else ()
    for page in surviving:
        # Free to read it was as the alias of a gated page only: that gate stays.
        Gate.objects.filter(page_id=page.pk, audience=Audience.EVERYONE.value).delete()
        put_gate(page.pk, orphans[page.pk])
    if orphans or Gate.objects.exists():
        GateStamp.raise_version()


def put_gate(page_id: int, facts: Iterable[GateFacts]) -> Gate | None:
    """Put one gate before a page that is as narrow as all of ``facts`` together, and return it.

    A page with a gate of its own keeps that one.
    """
    facts = [gate for gate in facts if gate.audience != Audience.EVERYONE]
    if not facts or Gate.objects.filter(page_id=page_id).exists():
        return None
    licensed = [gate for gate in facts if gate.audience != Audience.MEMBERS]
    audience = Audience.LICENSED if licensed else Audience.MEMBERS
    gate = Gate.objects.create(
        kind="page",
        page_id=page_id,
        audience=audience.value,
        without_access=strictest_without_access(facts),
        free_until=_all_or_none(min, [one.free_until for one in facts]),
        free_from=_all_or_none(max, [one.free_from for one in facts]),
        free_reads=min(one.free_reads for one in facts),
    )
    rules = [{rule.product_id: rule for rule in one.rules} for one in licensed]
    common = set.intersection(*map(set, rules)) if rules else set()
    for product_id in sorted(common):
        same = [one[product_id] for one in rules]
        EntitlementRule.objects.create(
            gate=gate,
            product_id=product_id,
            after_days=max(rule.after for rule in same).days,
            keeps=all(rule.keeps for rule in same),
        )
    return gate


def _all_or_none(choose: Any, instants: list[datetime | None]) -> datetime | None:
    known = [instant for instant in instants if instant is not None]
    return choose(known) if len(known) == len(instants) else None


def watch_shifts() -> None:
    """Raise the stamp when a page is put between others, or the tree is repaired.

    The pages after it get other paths then, and no signal tells of that.
    """
    pages = page_model()
    if getattr(pages, "raises_stamp_of_gates", False):
        return
    add_sibling, fix_tree = pages.add_sibling, pages.fix_tree.__func__

    @wraps(add_sibling)
    def add_and_raise(self: Any, pos: str | None = None, **kwargs: Any) -> Any:
        if pos in (None, "last-sibling"):
            return add_sibling(self, pos, **kwargs)
        with transaction.atomic():
            result = add_sibling(self, pos, **kwargs)
            raise_stamp_if_gated()
        return result

    @wraps(fix_tree)
    def fix_and_raise(cls: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            result = fix_tree(cls, *args, **kwargs)
            raise_stamp_if_gated()
        return result

    pages.add_sibling = add_and_raise
    pages.fix_tree = classmethod(fix_and_raise)
    pages.raises_stamp_of_gates = True


def watch_collection_moves() -> None:
    """Raise the stamp when a collection moves: the tree moves it without any signal."""

    def wrapper(move: Any) -> Any:
        def move_and_raise(self: Collection, *args: Any, **kwargs: Any) -> Any:
            with transaction.atomic():
                result = move(self, *args, **kwargs)
                raise_stamp_if_gated()
                purge_behind([{"collection_id": self.pk}])
            return result

        return move_and_raise

    wrap(Collection, "move", wrapper)
