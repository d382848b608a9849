"""Checks of the gates that stand in the code of a site: before views, in streams of blocks."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.urls import URLPattern, get_resolver

from ..access.decision import area_exists
from ..blocks.parts import misplaced_lines
from ..blocks.streams import streams_of_models
from ..gates.requirements import requirement_of
from ..models import LicenseProduct

ID = "wagtail_licensing.W015"


def check_gated_views(**kwargs: Any) -> list[CheckMessage]:
    """Find views that nobody opens, or fewer than was meant: a product or an area is not there."""
    try:
        required = dict(_required(get_resolver().url_patterns))
        slugs = {slug for _area, products in required.values() for slug in products}
        if not required:
            return []
        found = LicenseProduct.objects.filter(slug__in=slugs)
        known = set(found.values_list("slug", flat=True)) if slugs else set()
        return [
            message
            for name, (area, products) in required.items()
            for message in _missing(name, area, products, known)
        ]
    except Exception:  # noqa: BLE001 - no database yet, or addresses that have a check of Django's own
        return []


def _required(patterns: Any) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            yield from _required(pattern.url_patterns)
        elif (requirement := requirement_of(pattern.callback)) is not None:
            yield pattern.lookup_str, requirement


def _missing(name: str, area: str, products: tuple[str, ...], known: set[str]) -> Iterator[CheckMessage]:
    for slug in products:
        if slug not in known:
            yield Warning(
                f"{name} asks for the product {slug!r}, which does not exist.",
                hint="Look for a typo in license_required(products=...); slugs are in the admin"
                " under Licensing → Products. Nobody enters through this product.",
                id=ID,
            )
    if area and not products and not area_exists(area):
        yield Warning(
            f"{name} asks for the area {area!r}, which has no gate.",
            hint="Add a gate of this named area under Licensing → Gates. Nobody enters without it.",
            id=ID,
        )


def check_paywall_lines(**kwargs: Any) -> list[CheckMessage]:
    """Find paywall lines that hold nothing back, since the stream around them knows of no line."""
    return [
        Warning(
            f"The paywall line in {model._meta.label}.{field.name} holds nothing back.",
            hint="Put PaywallLineBlock into a PaywallStreamBlock that is the stream of the page:"
            " StreamField(PaywallStreamBlock([...])).",
            obj=model,
            id=ID,
        )
        for model, field in streams_of_models()
        if misplaced_lines(field.stream_block)
    ]


CHECKS = (check_gated_views, check_paywall_lines)
