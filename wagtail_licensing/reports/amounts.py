"""Amounts of money in the words of the active language."""

import re

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, to_locale

from ..domain.money import Money


def active_locale() -> Locale:
    """Return Babel's locale for the active language; English where Babel does not know it."""
    language = get_language() or "en"
    for name in (to_locale(language), language.split("-")[0]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def format_money(money: Money) -> str:
    """Return an amount such as "€12.00", "12,00 €" or "¥1,200".

    A fraction is never rounded away, not even in a currency that has no coins for it any more.
    """
    precision = get_currency_precision(money.currency)
    whole_coins = money.amount == round(money.amount, precision)
    text = format_currency(
        money.amount, money.currency, locale=active_locale(), currency_digits=whole_coins
    )
    return _LETTER_BEFORE_DIGIT.sub("\xa0", text)


#: CLDR puts a space between an amount and a symbol made of letters ("ISK 5"); Babel does not.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
