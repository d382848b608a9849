"""Amounts of money in the words of a language."""

import re

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision

from .money import Money


def locale_named(*names: str) -> Locale:
    """Return Babel's locale of the first of ``names`` that it knows; English where it knows none."""
    for name in names:
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def money_text(money: Money, locale: Locale) -> str:
    """Return an amount such as "€12.00", "12,00 €" or "¥1,200".

    A fraction is never rounded away, not even in a currency that has no coins for it any more.
    """
    precision = get_currency_precision(money.currency)
    whole_coins = money.amount == round(money.amount, precision)
    text = format_currency(money.amount, money.currency, locale=locale, currency_digits=whole_coins)
    return _LETTER_BEFORE_DIGIT.sub("\xa0", text)


#: CLDR puts a space between an amount and a symbol made of letters ("ISK 5"); Babel does not.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
