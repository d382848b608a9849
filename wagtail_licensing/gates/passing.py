"""Who passes gates, as conditions on users, and how many pass some gates and not others."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from ..access.before import GateBefore
from ..domain.facts import is_free
from ..grants.by_hand import gates_given, people_given
from ..models.gates import GateAudience
from .readers import active_people, people_who_pass

Before = tuple[GateBefore, ...]


def is_public(before: Before, at: datetime) -> bool:
    """Tell whether everyone passes all of these gates at ``at``."""
    return all(is_free(found.gate, at) for found in before)


def passing(before: Before, at: datetime) -> Q | None:
    """Return the condition on users that they pass all of these gates at ``at``, by a license, a seat
    or what was given by hand; None where every member does. No query yet."""
    query = Q()
    for found in before:
        gate = found.gate
        if gate.audience != GateAudience.LICENSED or is_free(gate, at):
            continue
        rules = list(gate.rules.all())
        given = people_given(gate_id=gate.pk, product_ids=[rule.product_id for rule in rules])
        people = people_who_pass(rules=rules, at=at)
        query &= given if people is None else given | Q(pk__in=people)
    return query or None


def count_difference(pairs: Iterable[tuple[Before, Before]], at: datetime) -> int:
    """Count the active people who pass the first of a pair and not the second, each once.

    Those for whom one of the two is public are not counted: it is no access of theirs. Three queries;
    pairs that say the same are asked once.
    """
    closed = [pair for pair in pairs if not any(is_public(before, at) for before in pair)]
    ids = {found.gate.pk for pair in closed for before in pair for found in before}
    given = gates_given(ids)
    query = Q()
    for first, second in {_key(pair, given): pair for pair in closed}.values():
        in_first, in_second = passing(first, at), passing(second, at)
        if in_second is None:
            continue
        query |= ~in_second if in_first is None else in_first & ~in_second
    if not query:
        return 0
    people = get_user_model()._default_manager.filter(**active_people())
    return int(people.filter(query).count())


def rules_of(before: Before) -> tuple[Any, ...]:
    """Return what decides, wherever it stands: two gates with the same rules are the same here."""
    return tuple(
        (
            found.gate.audience,
            found.gate.without_access,
            found.gate.free_until,
            found.gate.free_from,
            found.gate.free_reads,
            tuple(
                sorted((rule.product_id, rule.after_days, rule.keeps) for rule in found.gate.rules.all())
            ),
        )
        for found in before
    )


def _key(pair: tuple[Before, Before], given: set[int]) -> Any:
    """Return what makes a pair another one: its rules, and the gates that were given by hand."""
    return tuple(
        (rules_of(before), tuple(found.gate.pk for found in before if found.gate.pk in given))
        for before in pair
    )
