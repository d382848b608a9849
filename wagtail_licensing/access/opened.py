"""What a person opens, as a text to keep something under that was made for them."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from ..domain.access import HolderFacts, decide
from .freshness import current, reloaded
from .holder import load_holdings
from .persona import Persona


def gates_version() -> int:
    """Return the version of the gates, which no other state of them has: not that of a change that
    is undone either. No query while the gate index is young."""
    return current().version


def what_opens(user: Any, *, at: datetime, since: timedelta) -> str | None:
    """Return a text that stays the same as long as ``user`` opens the same, for the same reasons.

    Strangers share one; that of anybody else is theirs alone. None where a date of a license or a
    gate has passed in the time ``since``, and for those who have to be asked each time: superusers,
    people who edit pages or files, personas, inactive accounts. No query for strangers, one for
    everybody else.
    """
    if isinstance(user, Persona):
        return None
    if user is None or not user.is_authenticated:
        return _steady("", HolderFacts(), at, since)
    if not user.is_active or user.is_superuser:
        return None
    # What has ended or begun meanwhile is read, too.
    holdings = load_holdings(user, at=at - since, until=at, ask_edits=True)
    if holdings.edits:
        return None
    if holdings.version != current().version:
        reloaded()
    return _steady(user.pk, holdings.holder, at, since)


def _steady(person: Any, holder: HolderFacts, at: datetime, since: timedelta) -> str | None:
    opens = _digest(person, holder, at)
    return opens if _digest(person, holder, at - since) == opens else None


def _digest(person: Any, holder: HolderFacts, at: datetime) -> str:
    index = current().index
    decisions = [decide([gate], holder, at) for gate in index.rule_sets]
    products = sorted({one.product_id for one in holder.licenses if one.entitles(at)})
    granted = sorted(holder.granted_gates), sorted(holder.granted_products)
    facts = repr((person, decisions, products, granted))
    return hashlib.sha256(facts.encode()).hexdigest()
