"""What is locked, and which product opens it."""

from typing import Any

from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct

from ..models import ArticlePage
from .content import Pages
from .downloads import PLAIN, PRO, TOOLKIT
from .texts import ARTICLES, CANARY, Text


def create(products: dict[str, LicenseProduct], pages: Pages) -> None:
    """Put the gates of the seed in place."""
    for text in ARTICLES:
        if text.is_pro:
            gate = Gate.objects.create(kind="page", page_id=pages.articles[text.slug].pk)
            open_with(gate, products, "pro", "team", "fellowship")
        if text.above_line:
            put_line(pages.articles[text.slug], text, products["team"])
    # The course is locked as a whole, and its first lesson is a free preview.
    course = Gate.objects.create(kind="page", page_id=pages.course.pk)
    open_with(course, products, "pro", "team", "wagtail-in-a-week", "fellowship")
    Gate.objects.create(kind="page", page_id=pages.lessons[0].pk, audience="everyone")
    plain = Gate.objects.create(kind="collection", collection=pages.collections[PLAIN])
    open_with(plain, products, "basic", "pro", "team", "sampler", "fellowship")
    plain.rules.filter(product=products["basic"]).update(downloads_per_month=2)
    pro = Gate.objects.create(kind="collection", collection=pages.collections[PRO])
    open_with(pro, products, "pro", "team")
    toolkit = Gate.objects.create(kind="collection", collection=pages.collections[TOOLKIT])
    open_with(toolkit, products, "pro", "team")
    toolkit.rules.update(keeps=True)


def put_line(article: ArticlePage, text: Text, team: LicenseProduct) -> None:
    """Give an article a paywall line, and below it a part for Team alone."""
    parts: list[tuple[str, Any]] = [("text", f"<p>{each}</p>") for each in text.paragraphs]
    parts.insert(text.above_line, ("line", None))
    parts.append(("text", f"<p>For members: {CANARY}, {text.slug}.</p>"))
    for_team = {
        "text": f"<p>{text.for_team}</p>",
        "only_for": [team],
        "otherwise": "There is one more paragraph, for teams.",
    }
    article.parts = [*parts, ("gated", for_team)]
    article.save()


def open_with(gate: Gate, products: dict[str, LicenseProduct], *slugs: str) -> None:
    for slug in slugs:
        EntitlementRule.objects.create(gate=gate, product=products[slug])
