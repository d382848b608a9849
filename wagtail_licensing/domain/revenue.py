"""What a subscription brings in a month, and what a change of it is called. Amounts are minor units.

A month is a twelfth of a year: a yearly price counts as a twelfth, a weekly one as 52 twelfths, a
daily one as 365 twelfths. The monthly amount of a subscription is rounded once, half up, so that the
parts of every sum are whole minor units and add up to it exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

#: Statuses of a subscription that brings money. A trial does not, and neither does one that was
#: given up as unpaid.
PAYING_STATUSES = frozenset({"active", "past_due"})

_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


class ChangeKind(StrEnum):
    """What a change of the monthly amount of one subscription is."""

    NEW = "new"
    REACTIVATION = "reactivation"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"


@dataclass(frozen=True, slots=True)
class Discount:
    """What goes off each charge: a percentage or an amount, until ``ends_at`` (exclusive).

    One that applies once is not described by it: it is money off an invoice, not off a month.
    """

    percent_off: Decimal | None = None
    amount_off: int = 0
    ends_at: datetime | None = None

    def applies(self, at: datetime) -> bool:
        """Tell whether a charge at ``at`` is reduced."""
        return self.ends_at is None or at < self.ends_at


@dataclass(frozen=True, slots=True)
class Line:
    """One item: what each interval charges for all of its quantity, and its own discounts."""

    amount: int
    interval: str
    interval_count: int = 1
    discounts: tuple[Discount, ...] = ()


def monthly_amount(lines: Sequence[Line], discounts: Iterable[Discount] = (), *, at: datetime) -> int:
    """Return what ``lines`` bring in a month as of ``at``, in whole minor units.

    Discounts go off in their order; one in an amount is spread over what the lines charge. Raises
    ``KeyError`` for an interval that is none.
    """
    charges = [_reduced([Fraction(line.amount)], line.discounts, at)[0] for line in lines]
    charges = _reduced(charges, discounts, at)
    total = sum(
        (
            charge * Fraction(_A_YEAR[line.interval], 12 * line.interval_count)
            for charge, line in zip(charges, lines, strict=True)
        ),
        Fraction(0),
    )
    return int(total + Fraction(1, 2))


def _reduced(charges: list[Fraction], discounts: Iterable[Discount], at: datetime) -> list[Fraction]:
    for discount in discounts:
        whole = sum(charges, Fraction(0))
        if not discount.applies(at) or not whole:
            continue
        if discount.percent_off is not None:
            kept = 1 - Fraction(discount.percent_off) / 100
        else:
            kept = 1 - Fraction(discount.amount_off) / whole
        charges = [charge * max(kept, Fraction(0)) for charge in charges]
    return charges


def first_end(discounts: Iterable[Discount], *, at: datetime) -> datetime | None:
    """Return when the first of ``discounts`` ends that applies at ``at``; None if none ever does."""
    ends = (each.ends_at for each in discounts if each.ends_at is not None and each.applies(at))
    return min(ends, default=None)


def kind_of(before: int, after: int, *, paid_before: bool) -> ChangeKind:
    """Return what a change from ``before`` to ``after`` is. ``paid_before``: it ever brought anything.

    Raises ``ValueError`` where nothing changes.
    """
    if before == after:
        raise ValueError("nothing changes")
    if not before:
        return ChangeKind.REACTIVATION if paid_before else ChangeKind.NEW
    if not after:
        return ChangeKind.CHURN
    return ChangeKind.EXPANSION if after > before else ChangeKind.CONTRACTION


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: both numbers, so that nobody has to believe a percentage."""

    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """Return the percentage with one decimal place, half up; None of nothing."""
        if not self.whole:
            return None
        return (Decimal(self.part) * 100 / Decimal(self.whole)).quantize(Decimal("0.1"), "ROUND_HALF_UP")
