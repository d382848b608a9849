"""Currencies: their codes, and how many decimals their minor unit has."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid

NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
TWO_DECIMALS = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf "
    "chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf "
    "idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk "
    "mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd "
    "shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw"
)
THREE_DECIMALS = "bhd jod kwd omr tnd"
ZERO_DECIMAL = frozenset(NO_DECIMALS.split())
THREE_DECIMAL = frozenset(THREE_DECIMALS.split())
KNOWN = ZERO_DECIMAL | THREE_DECIMAL | frozenset(TWO_DECIMALS.split())


def currency_of(code: str) -> str:
    """The code in lower case. Raises `StripeError` for one that Stripe does not know."""
    if code.lower() not in KNOWN:
        raise invalid(
            f"Invalid currency: {code.lower()}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(KNOWN))}",
            param="currency",
        )
    return code.lower()


def check_amount(amount: int, currency: str, *, param: str) -> None:
    """Amounts with three decimals must be a multiple of ten of the minor unit."""
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(
            f"Invalid amount: in {currency} the last of the three decimals must be 0.",
            param=param,
            code="parameter_invalid_integer",
        )


def decimals(currency: str) -> int:
    """The decimals of the minor unit: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2
