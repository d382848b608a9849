"""What the answers look like. Instants are ISO 8601 in UTC, ends exclusive; money is minor units."""

from datetime import datetime
from enum import StrEnum

from ninja import Field, Schema

from ..domain.access import AccessReason


class Problem(Schema):
    """Why there is no answer. ``code`` is stable, ``detail`` is for people."""

    code: str
    detail: str


class Amount(Schema):
    """Money: ``amount`` in minor units of ``currency`` (ISO 4217), ``text`` in the active language."""

    amount: int
    currency: str
    text: str


class Product(Schema):
    """A license product."""

    slug: str
    name: str


class Me(Schema):
    """Who asks. For visitors ``signed_in`` is false and the rest is empty."""

    signed_in: bool
    username: str = ""
    name: str = ""
    email: str = ""
    products: list[Product] = Field(default=[], description="Products that open something now.")
    csrf_token: str = Field(description="To be sent back as X-CSRFToken with a POST of the session.")
    sign_in_url: str
    account_url: str
    plans_url: str


class LicenseWord(StrEnum):
    """Where a license stands at the moment of asking. The words are a promise."""

    PENDING = "pending"
    NOT_STARTED = "not_started"
    ACTIVE = "active"
    GRACE = "grace"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REVOKED = "revoked"


class Renewal(StrEnum):
    """Whether a license goes on by itself."""

    RENEWS = "renews"
    CANCELLED = "cancelled"
    NONE = "none"


class NextCharge(Amount):
    """What is charged next, before discounts and taxes, and when."""

    on: datetime


class Seats(Schema):
    """How many people may use a shared license, and how many do or are invited."""

    total: int
    used: int


class LicenseAnswer(Schema):
    """A license that the person holds, or has a seat on."""

    reference: str
    product: Product
    state: LicenseWord
    label: str = Field(description="The state for people, in the active language.")
    sentence: str = Field(description="What follows from it, for people.")
    opens_now: bool
    is_holder: bool = Field(description="False: the person has a seat on somebody else's license.")
    is_trial: bool
    starts_at: datetime
    access_until: datetime | None = Field(description="Exclusive; null: without end.")
    renewal: Renewal
    next_charge: NextCharge | None
    seats: Seats | None = Field(description="Null unless the person answers for a shared license.")


class PriceAnswer(Amount):
    """A price at which a product is sold. ``buy_url`` takes a POST with the session."""

    interval: str = Field(description="day, week, month, year; empty: once.")
    interval_count: int
    per_seat: bool
    trial_days: int
    buy_url: str


class OfferAnswer(Product):
    """A product for sale that would open the target."""

    summary: str
    prices: list[PriceAnswer]


class AccessAnswer(Schema):
    """May this person open it, and if not: why, from when, and what would open it."""

    allowed: bool
    reason: AccessReason
    text: str = Field(description="The reason for people, in the active language.")
    access_until: datetime | None = Field(description="Exclusive end of this answer; null: none known.")
    unlocks_at: datetime | None = Field(description="From then on a license that is held opens it.")
    opened_by: list[OfferAnswer]
    sign_in_url: str = Field(description="Empty for who is signed in.")


class LessonAnswer(Schema):
    """A lesson as the person sees it. ``done`` stays when a license ends."""

    page: int
    title: str
    url: str
    number: int
    is_open: bool
    is_done: bool
    reason: AccessReason
    unlocks_at: datetime | None


class CourseAnswer(Schema):
    """A course and how far the person is. ``next`` is the page of the lesson to go on with."""

    page: int
    title: str
    url: str
    total: int
    done: int
    percent: int
    next: int | None
    lessons: list[LessonAnswer]


class DownloadAnswer(Schema):
    """A file that the person may download now.

    ``url`` asks for the session; ``signed_url`` works without one, for this person alone, until
    ``signed_until``.
    """

    document: int
    title: str
    filename: str
    size: int | None = Field(description="Bytes, if known.")
    url: str
    signed_url: str
    signed_until: datetime


class Downloads(Schema):
    """A part of the downloads; ``count`` is of all."""

    count: int
    items: list[DownloadAnswer]
