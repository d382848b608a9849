"""What becomes of the gate before a page that gets another place, told and checked before it moves."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.move_page import MovePageAction

from ..access.before import GateBefore, GateSource, gates_before
from ..access.decision import any_gate, gate_of_type
from ..models import Gate
from ..models.gates import GateAudience, GateKind
from .wrapping import wrap

CHANGE_GATES = "wagtail_licensing.change_gate"


class Outcome(StrEnum):
    """What happens to the gate before a page in another place."""

    SAME = "same"
    GOES_ALONG = "goes_along"
    FOLLOWS = "follows"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Place:
    """How a page would stand in another place: ``was`` and ``becomes`` are None where it is open."""

    outcome: Outcome
    was: Gate | None = None
    becomes: Gate | None = None

    @property
    def is_wider(self) -> bool:
        """Tell whether somebody could read the page there who cannot now."""
        return (
            self.outcome is Outcome.FOLLOWS
            and self.was is not None
            and self.becomes is not None
            and not is_as_narrow(self.becomes, self.was)
        )


def place_under(page: Any, parent: Any) -> Place:
    """Return how ``page`` would stand under ``parent``, by a move or by a copy.

    A rule of its own goes along; what was inherited does so where the new place is open, and gives way
    to another rule. Four queries at most, none while no gate stands.
    """
    if not any_gate():
        return Place(Outcome.SAME)
    here, there = gates_before([page, parent])
    nearest = _nearest(here)
    above = next((found.gate for found in there if _goes_down(found)), None)
    if nearest is None:
        closed = above is not None and above.audience != GateAudience.EVERYONE
        return Place(Outcome.LOCKED, None, above) if closed else Place(Outcome.SAME)
    was = nearest.gate
    if nearest.source in (GateSource.OWN, GateSource.TRANSLATION) or above == was:
        return Place(Outcome.SAME, was, was)
    if was.audience == GateAudience.EVERYONE:
        return _from_free(was, above)
    if above is None:
        above = was if nearest.source is GateSource.PAGE_TYPE else gate_of_type(page)
        if above == was:
            return Place(Outcome.SAME, was, was)
    if above is None or above.audience == GateAudience.EVERYONE:
        return Place(Outcome.GOES_ALONG, was, was)
    return Place(Outcome.FOLLOWS, was, above)


def _from_free(was: Gate, above: Gate | None) -> Place:
    if above is None or above.audience == GateAudience.EVERYONE:
        return Place(Outcome.SAME, was, above)
    return Place(Outcome.LOCKED, was, above)


def _nearest(found: tuple[GateBefore, ...]) -> GateBefore | None:
    return next((one for one in found if one.source is not GateSource.ALIAS), None)


def _goes_down(found: GateBefore) -> bool:
    return found.gate.kind == GateKind.PAGE and found.source is not GateSource.ALIAS


def is_as_narrow(gate: Gate, other: Gate) -> bool:
    """Tell whether everybody who passes ``gate`` passes ``other`` too, at any time."""
    if other.audience == GateAudience.EVERYONE:
        return True
    dates = (gate.free_until, gate.free_from)
    if gate.audience == GateAudience.EVERYONE or (
        any(dates) and dates != (other.free_until, other.free_from)
    ):
        return False
    if other.audience == GateAudience.MEMBERS:
        return True
    if gate.audience == GateAudience.MEMBERS or gate.free_reads > other.free_reads:
        return False
    rules = {rule.product_id: rule for rule in other.rules.all()}
    return all(
        rule.product_id in rules
        and rules[rule.product_id].after_days <= rule.after_days
        and rules[rule.product_id].keeps >= rule.keeps
        for rule in gate.rules.all()
    )


class GateOpenedError(PermissionDenied):
    """A page may not be brought to a place where more people could read it, by this user."""


def watch_places() -> None:
    """Check every move and copy that a user makes; called once, when the application is ready.

    Who may change gates may do it by moving, too; who may not, may not do it by moving either.
    """
    wrap(MovePageAction, "check", _checked_move)
    wrap(CopyPageAction, "check", _checked_copy)


def _checked_move(check: Callable[..., Any]) -> Callable[..., Any]:
    def check_move(self: Any, parent_after: Any, *args: Any, **kwargs: Any) -> Any:
        result = check(self, parent_after, *args, **kwargs)
        _refuse_wider(self, parent_after, *args, **kwargs)
        return result

    return check_move


def _checked_copy(check: Callable[..., Any]) -> Callable[..., Any]:
    def check_copy(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = check(self, *args, **kwargs)
        if self.to is not None:
            _refuse_wider(self, self.to, *args, **kwargs)
        return result

    return check_copy


def _refuse_wider(action: Any, parent: Any, skip_permission_checks: bool = False) -> None:
    user = action.user
    if user is None or skip_permission_checks or user.has_perm(CHANGE_GATES):
        return
    if place_under(action.page, parent).is_wider:
        raise GateOpenedError("More people could read the page in this place.")
