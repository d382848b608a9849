"""B: lists narrowed to what a person opens. Every set is checked against the slow oracle first."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from wagtail.models import Page, PageViewRestriction
from wagtail.search.backends import get_search_backend

from tests.testapp.models import PlainPage
from wagtail_licensing.access import only_accessible
from wagtail_licensing.models import Gate

from .measure import compare, count_statements, figure
from .oracle import Oracle
from .report import INFO, OK, SHORT
from .rows import analyze
from .scale import LICENSES, WORD

KINDS: dict[str, tuple[Callable[[Any], Any], float]] = {
    "count": (lambda pages: pages.count(), 3.0),
    "first 20": (lambda pages: list(pages.order_by("path")[:20]), 3.0),
    "all ids": (lambda pages: list(pages.values_list("pk", flat=True)), 1.5),
}


@pytest.fixture(scope="module")
def site(world):
    world.issue_to_others(LICENSES)
    world.put_gates(1_000)
    return world


def live():
    return Page.objects.live()


def open_to(site) -> Any:
    return only_accessible(live(), site.reader)


def ids(pages) -> set[int]:
    return set(pages.values_list("pk", flat=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_every_page(site, report, kind) -> None:
    run, most = KINDS[kind]
    if kind == "count":
        report.same(
            "B1", "1,000 gates, the set", ids(open_to(site)), Oracle(site.reader, site.at).open_pages()
        )
        more = count_statements(lambda: run(open_to(site))) - count_statements(lambda: run(live()))
        report.count("B1", "statements more than .live()", more, 1)
    found = compare(lambda: run(live()), {"open": lambda: run(open_to(site))}, rounds=60, seconds=6)
    report.ratio("B1", f"{kind}, 1,000 gates / .live()", found, "open", most)


@pytest.mark.parametrize("gates", [5_000, 10_000])
def test_a_list_behind_many_gates(site, report, gates) -> None:
    site.put_gates(gates, extras=True)
    wanted = Oracle(site.reader, site.at).open_pages()
    report.same("B2", f"{gates:,} gates, one on a type, aliases", ids(open_to(site)), wanted)
    for kind, (run, _most) in KINDS.items():
        found = compare(
            partial(run, live()), {"open": lambda run=run: run(open_to(site))}, rounds=20, seconds=4
        )
        report.ratio("B2", f"{kind}, {gates:,} gates / .live()", found, "open", None)


def test_a_list_against_wagtails_own_restrictions(site, report) -> None:
    """1,000 private pages on the same pages where our 1,000 gates stand."""
    site.put_gates(1_000)
    gates = Gate.objects.filter(kind="page").order_by("pk").values_list("page_id", flat=True)
    pages = list(gates[:1_000])
    number = 1_000
    while True:
        PageViewRestriction.objects.all().delete()
        PageViewRestriction.objects.bulk_create(
            PageViewRestriction(page_id=pk, restriction_type="login") for pk in pages[:number]
        )
        analyze()
        try:
            live().public().count()
            break
        except OperationalError as error:
            report.add("B2", f".public() at {number:,} restrictions", str(error)[:40], "works", INFO)
            connection.close_if_unusable_or_obsolete()
            number -= 100
    for kind in ("count", "first 20"):
        run = KINDS[kind][0]
        found = compare(
            lambda run=run: run(open_to(site)),
            {"public": lambda run=run: run(live().public())},
            rounds=10,
            seconds=8,
            least=3,
        )
        times = found.ratios["public"].middle
        report.add(
            "B2",
            f"{kind}: .live().public() at {number:,} restrictions / ours at 1,000 gates",
            f"{figure(times)}x",
            ">= 40x",
            OK if times >= 40 else SHORT,
        )
    PageViewRestriction.objects.all().delete()


def test_a_search(site, report) -> None:
    site.put_gates(1_000)
    backend = get_search_backend()
    found = PlainPage.objects.filter(title__startswith=WORD)
    backend.get_index_for_model(PlainPage).add_items(PlainPage, list(found))
    try:
        wanted = Oracle(site.reader, site.at).open_pages() & ids(found)
        results = {page.pk for page in open_to(site).search(WORD)}
        report.same("B3", "searched, the set", results, wanted)
        measured = compare(
            lambda: list(live().search(WORD)[:20]),
            {"open": lambda: list(open_to(site).search(WORD)[:20])},
            rounds=60,
            seconds=8,
        )
        report.ratio("B3", "first 20 found, 1,000 gates / .live().search()", measured, "open", 1.1)
    finally:
        backend.get_index_for_model(PlainPage).reset()
