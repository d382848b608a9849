"""What The Long Tail sells. Each price exists at Stripe first; the site keeps its id."""

from dataclasses import dataclass, field

from wagtail_licensing.models import LicenseProduct, ProductPrice, ProductQuestion

from ..simulator_client import stripe


@dataclass(frozen=True)
class PriceSpec:
    """One price: minor units, and how often."""

    amount: int
    interval: str = ""
    trial_days: int = 0


@dataclass(frozen=True)
class ProductSpec:
    """One product and its prices."""

    name: str
    slug: str
    summary: str
    terms: str
    prices: tuple[PriceSpec, ...]
    kind: str = "subscription"
    fields: dict = field(default_factory=dict)


PRODUCTS = (
    ProductSpec(
        "Basic",
        "basic",
        "The downloads, and our thanks.",
        "For your own reading. Files may be kept.",
        (PriceSpec(400, "month"), PriceSpec(4000, "year")),
    ),
    ProductSpec(
        "Pro",
        "pro",
        "Every article, every course, every download.",
        "For your own reading and work. One person.",
        (PriceSpec(1200, "month"), PriceSpec(12000, "year", trial_days=14)),
    ),
    ProductSpec(
        "Team",
        "team",
        "Pro for everybody at the table, billed per seat.",
        "For the people who have a seat. Seats can be passed on.",
        (PriceSpec(900, "month"),),
        fields={"per_seat": True, "seats": 1},
    ),
    ProductSpec(
        "Wagtail in a week",
        "wagtail-in-a-week",
        "The course and its workbook. Bought once, yours for good.",
        "For your own learning, without end.",
        (PriceSpec(4900),),
        kind="perpetual",
        fields={"is_giftable": True},
    ),
    ProductSpec(
        "Sampler",
        "sampler",
        "The downloads for a month, for nothing.",
        "For your own reading, for thirty days.",
        (),
        kind="fixed_term",
        fields={"term_days": 30, "issue_mode": "registration"},
    ),
    ProductSpec(
        "Fellowship",
        "fellowship",
        "A year of everything for people who teach. By application.",
        "For your own work and your classes.",
        (PriceSpec(2500),),
        kind="fixed_term",
        fields={"term_months": 12, "issue_mode": "approval"},
    ),
)

#: What applicants for the fellowship are asked: the question, and how it is answered.
QUESTIONS = (
    ("Where do you teach?", "line", ""),
    ("What would you do with it?", "text", ""),
    ("How many people do you teach?", "choice", "Up to 10\n11 to 50\nMore"),
)
CURRENCY = "EUR"


def create() -> dict[str, LicenseProduct]:
    """Create products and prices, at Stripe and here. Returns the products by slug."""
    created = {}
    for order, spec in enumerate(PRODUCTS):
        product = LicenseProduct.objects.create(
            name=spec.name,
            slug=spec.slug,
            summary=spec.summary,
            terms=spec.terms,
            kind=spec.kind,
            sort_order=order,
            **spec.fields,
        )
        at_stripe = stripe("POST", "/v1/products", {"name": spec.name, "description": spec.summary})
        for number, price in enumerate(spec.prices):
            create_price(product, at_stripe["id"], price, number)
        created[spec.slug] = product
    for order, (label, kind, choices) in enumerate(QUESTIONS):
        ProductQuestion.objects.create(
            product=created["fellowship"], label=label, kind=kind, choices=choices, sort_order=order
        )
    return created


def create_price(product: LicenseProduct, stripe_product: str, spec: PriceSpec, order: int) -> None:
    """Create one price at Stripe, then the row that names it."""
    given: dict = {
        "product": stripe_product,
        "currency": CURRENCY.lower(),
        "unit_amount": spec.amount,
        "nickname": f"{product.slug}-{spec.interval or 'once'}",
    }
    if spec.interval:
        given["recurring"] = {"interval": spec.interval}
    at_stripe = stripe("POST", "/v1/prices", given)
    ProductPrice.objects.create(
        product=product,
        stripe_price_id=at_stripe["id"],
        currency=CURRENCY,
        unit_amount=spec.amount,
        interval=spec.interval,
        trial_days=spec.trial_days,
        sort_order=order,
    )
