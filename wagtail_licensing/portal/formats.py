"""Money, days and instants in the words of the active language and time zone."""

from datetime import datetime

from babel.dates import format_date, format_time
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from ..domain.money import Money
from ..domain.zones import zone_name
from ..models import ProductPrice
from ..models.products import PriceInterval
from ..reports.amounts import active_locale, format_money


def price_money(price: ProductPrice, quantity: int = 1) -> Money:
    """Return what ``quantity`` of a price cost at a time, before discounts and taxes."""
    return Money(price.unit_amount, price.currency) * quantity


def format_price(price: ProductPrice) -> str:
    """Return a price as on a price tag: "€12.00 / month", "€49.00 once", "€9.00 / month per seat"."""
    values = {"amount": format_money(price_money(price)), "count": price.interval_count}
    label = _interval_label(price) % values
    if price.product.per_seat:
        return gettext("%(price)s per seat") % {"price": label}
    return label


def _interval_label(price: ProductPrice) -> str:
    """Return the pattern of the label: every one a sentence of its own, for translators."""
    count = price.interval_count
    match price.interval:
        case PriceInterval.DAY:
            return ngettext("%(amount)s / day", "%(amount)s every %(count)s days", count)
        case PriceInterval.WEEK:
            return ngettext("%(amount)s / week", "%(amount)s every %(count)s weeks", count)
        case PriceInterval.MONTH:
            return ngettext("%(amount)s / month", "%(amount)s every %(count)s months", count)
        case PriceInterval.YEAR:
            return ngettext("%(amount)s / year", "%(amount)s every %(count)s years", count)
    return gettext("%(amount)s once")


def format_day(instant: datetime) -> str:
    """Return the day of an instant in the active time zone: "December 24, 2026"."""
    return str(format_date(timezone.localtime(instant).date(), "long", locale=active_locale()))


def format_instant(instant: datetime) -> str:
    """Return an instant with its time and time zone: "December 24, 2026, 6:00 PM CET"."""
    local = timezone.localtime(instant)
    locale = active_locale()
    return gettext("%(day)s, %(time)s %(zone)s") % {
        "day": format_date(local.date(), "long", locale=locale),
        "time": format_time(local.timetz(), "short", locale=locale),
        "zone": zone_name(local),
    }
