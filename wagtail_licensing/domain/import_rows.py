"""What a row of a list of members means: pure text in, facts or a problem out."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Field(StrEnum):
    """What a column may hold."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PRODUCT = "product"
    STARTS = "starts"
    ENDS = "ends"
    SEATS = "seats"
    KEY = "key"
    STATUS = "status"
    STRIPE = "stripe"


class DateOrder(StrEnum):
    """How days are written where the year does not come first."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Problem(StrEnum):
    """Why a row is left out or cannot be used. Stored: a value is for ever."""

    NO_EMAIL = "no_email"
    BAD_EMAIL = "bad_email"
    BAD_START = "bad_start"
    BAD_END = "bad_end"
    END_BEFORE_START = "end_before_start"
    BAD_SEATS = "bad_seats"
    UNKNOWN_PRODUCT = "unknown_product"
    TWICE = "twice"
    SEVERAL_ACCOUNTS = "several_accounts"
    CLOSED_ACCOUNT = "closed_account"
    NO_ACCOUNT = "no_account"
    ENDED = "ended"
    SAME = "same"
    HAS_ANOTHER = "has_another"
    STATUS = "status"
    PAID_AT_STRIPE = "paid_at_stripe"
    CHANGED = "changed"
    REFUSED = "refused"


class BadRow(ValueError):  # noqa: N818 - it is the row that is bad
    """A row that cannot be read; ``problem`` says why, without a word of what it holds."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a row says. Instants are aware; ``ends_at`` is exclusive, None: the row says nothing."""

    email: str
    first_name: str
    last_name: str
    product: str
    starts_at: datetime | None
    ends_at: datetime | None
    seats: int | None
    key: str
    status: str
    stripe: str


#: Roughly an address: what is no address at all is told before anybody is looked up.
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
_DAY = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(.*)")
_MOST_SEATS = 100_000


def read_row(
    cells: Sequence[str], columns: Mapping[Field, int], *, order: DateOrder, zone: tzinfo
) -> RowFacts:
    """Return what ``cells`` say, by ``columns`` (field to number of the column, from 0).

    Days without a time are days in ``zone``; an end that is a day is its last instant, so that the
    day itself is still held. Raises :class:`BadRow`.
    """

    def cell(field: Field) -> str:
        number = columns.get(field)
        return cells[number].strip() if number is not None and number < len(cells) else ""

    first, last = _names(cell(Field.NAME), cell(Field.FIRST_NAME), cell(Field.LAST_NAME))
    facts = RowFacts(
        email=_email(cell(Field.EMAIL)),
        first_name=first,
        last_name=last,
        product=cell(Field.PRODUCT),
        starts_at=_instant(cell(Field.STARTS), order, zone, Problem.BAD_START, is_end=False),
        ends_at=_instant(cell(Field.ENDS), order, zone, Problem.BAD_END, is_end=True),
        seats=_seats(cell(Field.SEATS)),
        key=cell(Field.KEY)[:200],
        status=cell(Field.STATUS).casefold(),
        stripe=cell(Field.STRIPE),
    )
    if facts.starts_at and facts.ends_at and facts.ends_at <= facts.starts_at:
        raise BadRow(Problem.END_BEFORE_START)
    return facts


def _email(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not text:
        raise BadRow(Problem.NO_EMAIL)
    if len(text) > 254 or not _EMAIL.fullmatch(text) or not text.isprintable():
        raise BadRow(Problem.BAD_EMAIL)
    return text


def _names(name: str, first: str, last: str) -> tuple[str, str]:
    if name and not (first or last):
        first, _, last = name.rpartition(" ")
        first, last = (first, last) if first else (last, "")
    return first[:150], last[:150]


def _seats(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_SEATS):
        raise BadRow(Problem.BAD_SEATS)
    return int(text)


def _instant(
    text: str, order: DateOrder, zone: tzinfo, problem: Problem, *, is_end: bool
) -> datetime | None:
    if not text or text.casefold() in {"never", "n/a", "-", "0", "0000-00-00", "0000-00-00 00:00:00"}:
        return None
    try:
        return _parse(text, order, zone, is_end=is_end)
    except (ValueError, OverflowError):
        raise BadRow(problem) from None


def _parse(text: str, order: DateOrder, zone: tzinfo, *, is_end: bool) -> datetime:
    if text.isascii() and text.isdigit() and len(text) in {10, 13}:
        return datetime.fromtimestamp(int(text[:10]), tz=zone)
    day, rest = _day(text, order)
    if not rest:
        day = day + timedelta(days=1) if is_end else day
        return datetime.combine(day, time.min, tzinfo=zone)
    instant = datetime.fromisoformat(f"{day.isoformat()}T{rest.replace(' UTC', '+00:00')}")
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def _day(text: str, order: DateOrder) -> tuple[date, str]:
    """Return the day that ``text`` begins with, and the time after it."""
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("no day")
    one, two, three, rest = found.groups()
    if len(one) == 4:
        year, month, day = one, two, three
    elif len(three) == 4:
        year = three
        day, month = (one, two) if order is DateOrder.DAY_FIRST else (two, one)
    else:
        raise ValueError("no year of four digits")
    return date(int(year), int(month), int(day)), rest.lstrip("T ").strip()
