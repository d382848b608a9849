"""What Stripe says of prices and discounts, read once into typed facts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..domain.revenue import Discount

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """A recurring price of a fixed amount: minor units of ``currency`` for one, each interval."""

    currency: str
    unit_amount: int
    interval: str
    interval_count: int


def instant(value: Any) -> datetime | None:
    """Return an instant for Stripe's seconds, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    return datetime.fromtimestamp(value, UTC)


def read_price(raw: Any) -> PriceFacts | None:
    """Return a price; None for one in tiers or by use, whose amount nobody knows beforehand."""
    recurring = raw.get("recurring") if isinstance(raw, dict) else None
    if not recurring or recurring.get("usage_type", "licensed") != "licensed":
        return None
    amount = raw.get("unit_amount")
    if type(amount) is not int:
        return None
    return PriceFacts(
        currency=str(raw["currency"]).upper(),
        unit_amount=amount,
        interval=str(recurring["interval"]),
        interval_count=int(recurring.get("interval_count") or 1),
    )


def read_discounts(raw: Json) -> tuple[Discount, ...]:
    """Return the expanded discounts of a subscription or an item, without those that apply once."""
    found = (_discount(row) for row in raw.get("discounts") or [] if isinstance(row, dict))
    return tuple(discount for discount in found if discount)


def _discount(raw: Json) -> Discount | None:
    coupon = (raw.get("source") or {}).get("coupon")
    if not isinstance(coupon, dict) or coupon.get("duration") == "once":
        return None
    percent = coupon.get("percent_off")
    return Discount(
        percent_off=None if percent is None else Decimal(str(percent)),
        amount_off=int(coupon.get("amount_off") or 0),
        ends_at=instant(raw.get("end")),
    )
