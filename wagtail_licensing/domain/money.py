"""Amounts of money as Stripe counts them: whole minor units of a currency."""

from dataclasses import dataclass
from decimal import Decimal

# Source: Stripe, "Supported currencies", sections on zero-decimal, three-decimal and special cases.
_ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

#: Stripe counts these in hundredths although no such coin exists: 5 krónur are 500.
COUNTED_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})


def exponent(currency: str) -> int:
    """Return how many decimal places of ``currency`` the minor units of Stripe stand for: 0, 2 or 3."""
    code = currency.upper()
    if code in _ZERO_DECIMAL:
        return 0
    return 3 if code in _THREE_DECIMAL else 2


class CurrencyMismatch(ValueError):  # noqa: N818 - the field's word for it
    """Amounts of two currencies do not add up."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: ``minor_units`` of ``currency`` (three capital letters). May be negative.

    Raises ``TypeError`` for an amount that is not an int, ``ValueError`` for a code that is none.
    """

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor_units) is not int:  # a bool is an int too, and no amount
            raise TypeError("an amount is a whole number of minor units")
        code = self.currency.upper()
        if len(code) != 3 or not (code.isascii() and code.isalpha()):
            raise ValueError("a currency is three letters")
        object.__setattr__(self, "currency", code)

    @property
    def amount(self) -> Decimal:
        """Return the amount in units of the currency, exact: 1250 EUR is ``Decimal("12.50")``."""
        return Decimal(self.minor_units).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        """Add; raises :class:`CurrencyMismatch` for another currency."""
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor_units + other.minor_units, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        """Return ``quantity`` times the amount."""
        return Money(self.minor_units * quantity, self.currency)

    def __bool__(self) -> bool:
        return self.minor_units != 0
