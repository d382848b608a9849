"""What setting one rule on several pages would change: worked out by doing it and taking it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from ..access.before import GateSource, gates_before
from ..gates.passing import Before, count_difference, rules_of
from ..models import Gate
from ..models.gates import GateAudience
from .access_rows import SOURCE_WORDS
from .log_actions import rule_words
from .page_access import SAME_AS_PARENT, set_access
from .page_state import count_below

#: Who reads without a license: every member, or everybody.
MEMBERS, PUBLIC = 1, 2


@dataclass(frozen=True, slots=True)
class Change:
    """One page whose rule would change, in words: before and after."""

    page: Any
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. ``same``: pages that have this rule already, ``follows``: pages that inherit
    it already and are left as they are. ``below``: how many pages under the changed ones follow.
    ``lose``: how many people can read a page now by a license, a seat or a grant and could not any more.
    ``closes``: pages that everybody or every member reads now, and fewer would. ``opens``: pages that
    would be public."""

    changes: tuple[Change, ...]
    same: tuple[Change, ...]
    follows: tuple[Change, ...]
    below: int
    lose: int
    closes: int
    opens: int

    @property
    def affected(self) -> int:
        """Return how many pages would have another rule."""
        return len(self.changes) + self.below

    @property
    def pages(self) -> list[Any]:
        """Return the pages to change."""
        return [change.page for change in self.changes]


class _TakenBackError(Exception):
    """Rolls a trial back."""


def make_plan(pages: Sequence[Any], cleaned: dict[str, Any], *, by: Any, at: datetime) -> Plan:
    """Return what the choice of a valid access form would change on ``pages``.

    Nothing is left behind, and nobody is told: the trial runs in a transaction that is rolled back.
    The number of queries grows with the number of pages. Raises ``GateError``.
    """
    before = gates_before(pages)
    own = _ownrules_of(pages)
    removes = cleaned["audience"] == SAME_AS_PARENT
    below = {page.pk: count_below(page) for page in pages} if removes else {}
    after: list[Before] = []
    try:
        with transaction.atomic():
            for page in pages:
                set_access(page, cleaned, by=by)
            after = gates_before(pages)
            if not removes:
                below = {page.pk: count_below(page) for page in pages}
            raise _TakenBackError
    except _TakenBackError:
        pass
    # Same as parent takes a rule away even where the one above says the same.
    changing = {
        page.pk
        for page, was, becomes in zip(pages, before, after, strict=True)
        if rules_of(was) != rules_of(becomes) or (removes and page.pk in own)
    }
    return _sorted_out(pages, before, after, own, changing, below, at)


def _sorted_out(
    pages: Sequence[Any],
    before: list[Before],
    after: list[Before],
    own: set[Any],
    changing: set[Any],
    below: dict[Any, int],
    at: datetime,
) -> Plan:
    changes, same, follows = [], [], []
    moved: list[tuple[Before, Before]] = []
    for page, was, becomes in zip(pages, before, after, strict=True):
        change = Change(page, rule_of(was), rule_of(becomes))
        if page.pk in changing:
            changes.append(change)
            moved.append((was, becomes))
        elif page.pk in own:
            same.append(change)
        else:
            follows.append(change)
    return Plan(
        changes=tuple(changes),
        same=tuple(same),
        follows=tuple(follows),
        below=sum(below.get(change.page.pk, 0) for change in changes),
        lose=_count_losers(moved, at),
        closes=sum(_openness(becomes) < _openness(was) for was, becomes in moved),
        opens=sum(_openness(was) < _openness(becomes) == PUBLIC for was, becomes in moved),
    )


def _ownrules_of(pages: Iterable[Any]) -> set[Any]:
    ids = [page.pk for page in pages]
    return set(Gate.objects.filter(page_id__in=ids).values_list("page_id", flat=True))


def rule_of(before: Before) -> str:
    """Return the rule before a page in words, with where it comes from."""
    if not before:
        return gettext("everyone: no gate")
    words = []
    for found in before:
        rule = rule_words(_facts(found.gate), _names(found.gate))
        if found.source is not GateSource.OWN:
            source = str(SOURCE_WORDS[found.source]) % {"title": found.gate.target_label}
            rule = gettext("%(rule)s (%(source)s)") % {"rule": rule, "source": source}
        words.append(rule)
    return "; ".join(words)


def _facts(gate: Gate) -> dict[str, Any]:
    """Return what ``gate_facts`` returns, of a gate whose rules are loaded. No query."""
    return {
        "audience": gate.audience,
        "without_access": gate.without_access,
        "rules": [[rule.product_id, rule.after_days] for rule in gate.rules.all()],
    }


def _names(gate: Gate) -> dict[int, str]:
    return {rule.product_id: rule.product.name for rule in gate.rules.all()}


def _openness(before: Before) -> int:
    audiences = {found.gate.audience for found in before}
    if GateAudience.LICENSED in audiences:
        return 0
    return MEMBERS if GateAudience.MEMBERS in audiences else PUBLIC


def _count_losers(moved: list[tuple[Before, Before]], at: datetime) -> int:
    """Count the people who get in by a license, a seat or a grant now and would not any more."""
    return count_difference((pair for pair in moved if _openness(pair[0]) == 0), at)
