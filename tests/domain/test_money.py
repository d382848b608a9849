"""Money: Stripe's minor units, exact, one currency at a time."""

from decimal import Decimal

import pytest

from wagtail_licensing.domain.money import CurrencyMismatch, Money, exponent

ZERO = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905


@pytest.mark.parametrize("currency", ZERO)
def test_a_currency_without_decimals_is_counted_whole(currency):
    assert exponent(currency) == 0
    assert Money(1200, currency).amount == Decimal(1200)


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_a_currency_with_three_decimals_is_counted_in_thousandths(currency):
    assert Money(5120, currency).amount == Decimal("5.120")


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_a_currency_without_coins_that_stripe_counts_in_hundredths(currency):
    assert Money(500, currency).amount == Decimal("5.00")


@pytest.mark.parametrize("currency", ["EUR", "USD", "CHF", "HUF", "TWD", "XYZ"])
def test_every_other_currency_is_counted_in_hundredths(currency):
    assert Money(1250, currency).amount == Decimal("12.50")


def test_the_amount_is_exact_for_sums_beyond_floating_point():
    assert str(Money(9_007_199_254_740_993, "EUR").amount) == "90071992547409.93"


def test_a_refund_is_negative():
    assert Money(-5, "EUR").amount == Decimal("-0.05")


def test_the_code_is_kept_in_capital_letters():
    assert Money(1, "eur") == Money(1, "EUR")


@pytest.mark.parametrize("currency", ["", "EU", "EURO", "E1R", "€€€", "ЕВР"])
def test_a_code_that_is_none_is_refused(currency):
    with pytest.raises(ValueError, match="three letters"):
        Money(1, currency)


@pytest.mark.parametrize("amount", [1.5, "12", Decimal(12), True, None])
def test_an_amount_that_is_not_whole_is_refused(amount):
    with pytest.raises(TypeError):
        Money(amount, "EUR")


def test_amounts_of_one_currency_add_up_and_multiply():
    assert Money(900, "EUR") * 3 + Money(1, "EUR") == Money(2701, "EUR")


def test_amounts_of_two_currencies_do_not_add_up():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")


def test_nothing_is_false_and_something_is_true():
    assert not Money(0, "EUR")
    assert Money(1, "EUR")
