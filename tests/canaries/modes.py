"""How a gate answers, and when it stands: what each mode writes into the gates of a world."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wagtail_licensing.models import EntitlementRule, Gate

#: Days after which a rule opens in the mode "drip": longer than the new member holds the product.
DRIP_DAYS = 7

_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Mode:
    """``gate`` gives the fields of every gate at an instant, ``rule`` those of every rule.

    ``hides``: not even that something is there may be told. ``opens``: everybody finds everything.
    ``closes_for``: who is denied in this mode alone. ``asks``: who meets the mode in every row.
    """

    gate: Callable[[dt.datetime], dict[str, Any]]
    rule: dict[str, Any] = field(default_factory=dict)
    hides: bool = False
    opens: bool = False
    closes_for: frozenset[str] = frozenset()
    asks: tuple[str, ...] = ()

    def put_up(self, at: dt.datetime) -> None:
        """Let all gates answer in this mode."""
        # What each of these raises, the next request reads.
        Gate.objects.update(**self.gate(at))
        if self.rule:
            EntitlementRule.objects.update(**self.rule)


def _shows(what: str, **dates: dt.timedelta) -> Callable[[dt.datetime], dict[str, Any]]:
    return lambda at: {"without_access": what, **{name: at + away for name, away in dates.items()}}


MODES = {
    "teaser": Mode(_shows("teaser")),
    "login": Mode(_shows("login")),
    "not_found": Mode(_shows("not_found"), hides=True),
    # Everybody has used up their free page of the month: see cast().
    "metered": Mode(
        lambda at: {"without_access": "teaser", "free_reads": 1}, asks=("without license", "lapsed")
    ),
    "drip": Mode(
        _shows("teaser"),
        rule={"after_days": DRIP_DAYS},
        closes_for=frozenset({"new member"}),
        asks=("new member",),
    ),
    "hidden drip": Mode(
        _shows("not_found"),
        rule={"after_days": DRIP_DAYS},
        hides=True,
        closes_for=frozenset({"new member"}),
        asks=("new member",),
    ),
    "was free": Mode(_shows("not_found", free_until=-_HOUR), hides=True),
    "not yet free": Mode(_shows("teaser", free_from=_HOUR)),
    "still free": Mode(_shows("not_found", free_until=_HOUR), hides=True, opens=True),
}
