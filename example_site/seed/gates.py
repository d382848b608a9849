"""What is locked, and which product opens it."""

from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct

from .content import Pages
from .downloads import PLAIN, PRO
from .texts import ARTICLES


def create(products: dict[str, LicenseProduct], pages: Pages) -> None:
    """Put the gates of the seed in place."""
    for text in ARTICLES:
        if text.is_pro:
            gate = Gate.objects.create(kind="page", page_id=pages.articles[text.slug].pk)
            open_with(gate, products, "pro", "team")
    # The course is locked as a whole, and its first lesson is a free preview.
    course = Gate.objects.create(kind="page", page_id=pages.course.pk)
    open_with(course, products, "pro", "team", "wagtail-in-a-week")
    Gate.objects.create(kind="page", page_id=pages.lessons[0].pk, audience="everyone")
    plain = Gate.objects.create(kind="collection", collection=pages.collections[PLAIN])
    open_with(plain, products, "basic", "pro", "team")
    pro = Gate.objects.create(kind="collection", collection=pages.collections[PRO])
    open_with(pro, products, "pro", "team")


def open_with(gate: Gate, products: dict[str, LicenseProduct], *slugs: str) -> None:
    for slug in slugs:
        EntitlementRule.objects.create(gate=gate, product=products[slug])
