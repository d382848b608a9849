"""Amounts of money in the words of the active language."""

from babel import Locale
from django.utils.translation import get_language, to_locale

from ..domain.money import Money
from ..domain.money_text import locale_named, money_text


def active_locale() -> Locale:
    """Return Babel's locale for the active language; English where Babel does not know it."""
    language = get_language() or "en"
    return locale_named(to_locale(language), language.split("-")[0])


def format_money(money: Money) -> str:
    """Return an amount such as "€12.00", "12,00 €" or "¥1,200"."""
    return money_text(money, active_locale())
