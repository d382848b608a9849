"""A: what a gate costs where a page is served, and what the package costs where no gate stands."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from guardian.backends import ObjectPermissionBackend
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm
from wagtail import hooks
from wagtail.models import Page, PageViewRestriction

from tests.conftest import CANARY
from wagtail_licensing.models import Gate

from .browser import Browser, look_at_user, shown_with, without_our_hooks
from .measure import Measured, Ratio, compare, count_statements, figure, statements
from .report import INFO, OK, SHORT
from .scale import DEPTHS, LICENSES

PLAIN, GATED = "/twins/plain/", "/twins/gated/"

#: A page as sites have them, with a menu around it; and one that is nothing but a title and a text.
SITE_PAGE, BARE_PAGE = "testapp/site_page.html", "testapp/page.html"


def chain(name: str, depth: int) -> str:
    """The path of the page at ``depth`` under the gated or the plain page at depth 3."""
    return f"/{name}/" + "on/" * (depth - 3)


@pytest.fixture(scope="module")
def gates(world):
    world.put_gates(1_000)
    return world


@pytest.fixture
def reader(gates):
    return Browser(gates.reader)


def measured(
    browser: Browser,
    plain: str = PLAIN,
    gated: str = GATED,
    rounds: int = 200,
    seconds: float = 6,
    template: str = SITE_PAGE,
) -> Measured:
    """A gated page of a site against its twin without a gate, the user being looked at in both."""
    with (
        hooks.register_temporarily("before_serve_page", look_at_user, order=-200),
        shown_with(template),
    ):
        return compare(
            partial(browser.get, plain),
            {"gated": partial(browser.get, gated)},
            rounds=rounds,
            seconds=seconds,
        )


def extra_statements(browser: Browser, plain: str = PLAIN, gated: str = GATED) -> int:
    with hooks.register_temporarily("before_serve_page", look_at_user, order=-200):
        bare = count_statements(partial(browser.get, plain))
        return count_statements(partial(browser.get, gated)) - bare


def test_the_right_people_read_the_page(gates, reader) -> None:
    assert CANARY.encode() in reader.get(GATED)
    assert CANARY.encode() in reader.get(PLAIN)
    assert CANARY.encode() not in Browser(gates.stranger).get(GATED)
    assert CANARY.encode() in Browser(gates.stranger).get(PLAIN)


def test_a_gated_page_costs_one_statement_more(reader, report) -> None:
    report.count("A1", "gated page, statements more", extra_statements(reader), 1)
    report.ratio("A1", "gated page / same page ungated, user looked at", measured(reader), "gated", 1.05)
    bare = measured(reader, template=BARE_PAGE)
    report.ratio("A1", "the same for a page of a title and a text", bare, "gated", None)


def test_an_ungated_page_costs_what_it_costs_without_the_package(reader, report) -> None:
    def bare() -> bytes:
        with without_our_hooks():
            return reader.get(PLAIN)

    def user_statements() -> int:
        reader.get(PLAIN)
        with statements() as seen:
            reader.get(PLAIN)
        return sum("auth_user" in text or "django_session" in text for text in seen.texts)

    more = count_statements(partial(reader.get, PLAIN)) - count_statements(bare)
    report.count("A2", "ungated page, statements more than with our hooks off", more, 0)
    report.count("A2", "ungated page, statements for session or user", user_statements(), 0)
    found = compare(bare, {"on": partial(reader.get, PLAIN)}, rounds=300, seconds=8)
    report.ratio("A2", "ungated page / our hooks off", found, "on", 1.02)


def test_the_price_is_flat(gates, reader, report) -> None:
    """Each configuration is measured against its own ungated page; what counts is the spread."""
    spreads: dict[str, list[Ratio]] = {"gates": [], "licenses": [], "depth": []}

    def note(kind: str, label: str, plain: str = PLAIN, gated: str = GATED) -> None:
        report.count("A3", f"statements more, {label}", extra_statements(reader, plain, gated), 1)
        found = measured(reader, plain, gated, rounds=150, seconds=4)
        spreads[kind].append(found.ratios["gated"])
        report.ratio("A3", f"gated / ungated, {label}", found, "gated", None)

    for number in (10, 1_000, 10_000):
        gates.put_gates(number)
        note("gates", f"{number:,} gates")
    gates.put_gates(1_000)
    for depth in DEPTHS:
        note("depth", f"depth {depth}", chain("plain", depth), chain("gated", depth))
    for number in (0, 1_000, LICENSES):
        gates.issue_to_others(number)
        note("licenses", f"{number + 1:,} licenses")
    for kind, ratios in spreads.items():
        spread, cpu = (
            max(figures) - min(figures)
            for figures in zip(*((one.middle, one.cpu) for one in ratios), strict=True)
        )
        report.add(
            "A3",
            f"spread of the ratios over {kind}",
            f"{figure(spread)}, cpu {figure(cpu)}",
            "<= 0.05",
            OK if spread <= 0.05 else SHORT,
        )


def test_a_person_with_a_thousand_licenses(gates, report) -> None:
    gates.issue_many(gates.collector, 1_000)
    collector = Browser(gates.collector)
    assert CANARY.encode() in collector.get(GATED)
    report.count("A4", "statements more, 1,000 licenses of the reader", extra_statements(collector), 1)
    found = measured(collector)
    report.ratio("A4", "gated / ungated, 1,000 licenses of the reader", found, "gated", 1.08)


def test_a_menu_with_locks(gates, reader, report) -> None:
    """Twenty entries, half of them behind gates. The lock of the page itself is shown in both, so
    that what the visitor holds has been read."""
    behind = list(Gate.objects.filter(kind="page").order_by("pk").values_list("page_id", flat=True)[:10])
    ids = [*behind, *gates.topics[:10]]

    def page(locks: bool, who: Browser = reader) -> bytes:
        entries = partial(list, Page.objects.filter(pk__in=ids).order_by("pk"))
        with shown_with("testapp/site_menu.html", entries=entries, locks=locks):
            return who.get(GATED)

    assert page(True).count(b"(locked)") > 0 == page(False).count(b"(locked)")
    more = count_statements(partial(page, True)) - count_statements(partial(page, False))
    # One tells of all locks why they are closed.
    report.at_most("B4", "menu of 20 entries with locks, statements more", more, 0, fence=1)
    found = compare(partial(page, False), {"locks": partial(page, True)}, rounds=200, seconds=6)
    report.ratio("B4", "menu of 20 entries with locks / without", found, "locks", 1.05)


def test_what_others_cost(gates, reader, report) -> None:
    """guardian asked for each page on the way up until one is given, and Wagtail's restriction of a
    page to a group: what the same page costs with other means, without a target."""
    given = gates.page("/twins/plain/").get_parent().get_parent()
    assign_perm("wagtailcore.change_page", gates.reader, given)

    def ask_guardian(page: Any, request: Any, args: Any, kwargs: Any) -> None:
        ask = ObjectPermissionBackend().has_perm
        way = reversed(page.get_ancestors(inclusive=True))
        assert any(ask(request.user, "wagtailcore.change_page", one) for one in way)

    def asked() -> bytes:
        with hooks.register_temporarily("before_serve_page", ask_guardian, order=-150):
            return reader.get(PLAIN)

    private = chain("plain", 4)
    restriction = PageViewRestriction.objects.create(
        page=gates.page("/plain/"), restriction_type=PageViewRestriction.GROUPS
    )
    group = Group.objects.create(name="Readers")
    restriction.groups.add(group)
    gates.reader.groups.add(group)
    plain = partial(reader.get, PLAIN)
    others = {"guardian": asked, "group": partial(reader.get, private)}
    try:
        with (
            hooks.register_temporarily("before_serve_page", look_at_user, order=-200),
            shown_with(SITE_PAGE),
        ):
            bare = count_statements(plain)
            more = {name: count_statements(run) - bare for name, run in others.items()}
            found = compare(plain, others, rounds=100, seconds=6)
    finally:
        gates.reader.groups.remove(group)
        group.delete()
        restriction.delete()
        UserObjectPermission.objects.all().delete()
    for name, what in (
        ("guardian", "beside: guardian asked at each level (found 2 levels up)"),
        ("group", "beside: Wagtail's restriction to a group, at depth 3"),
    ):
        report.add("A1", f"{what}, statements more", str(more[name]), "", INFO)
        report.ratio("A1", f"{what} / same page open", found, name, None)
