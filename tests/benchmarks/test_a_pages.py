"""A: what a gate costs where a page is served, and what the package costs where no gate stands."""

from functools import partial

import pytest
from wagtail import hooks

from tests.conftest import CANARY

from .browser import Browser, look_at_user, without_our_hooks
from .measure import Measured, compare, count_statements, figure, statements
from .report import OK, SHORT
from .scale import DEPTHS, LICENSES

PLAIN, GATED = "/twins/plain/", "/twins/gated/"


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
    browser: Browser, plain: str = PLAIN, gated: str = GATED, rounds: int = 200, seconds: float = 6
) -> Measured:
    """A gated page against its twin without a gate, the user being looked at in both."""
    with hooks.register_temporarily("before_serve_page", look_at_user, order=-200):
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
    report.ratio("A1", "gated page / same page ungated, user looked at", measured(reader), "gated", 1.06)


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
    spreads: dict[str, list[float]] = {"gates": [], "licenses": [], "depth": []}

    def note(kind: str, label: str, plain: str = PLAIN, gated: str = GATED) -> None:
        report.count("A3", f"statements more, {label}", extra_statements(reader, plain, gated), 1)
        found = measured(reader, plain, gated, rounds=150, seconds=4)
        spreads[kind].append(found.ratios["gated"].middle)
        report.ratio("A3", f"gated / ungated, {label}", found, "gated", None)

    for number in (10, 1_000, 5_000):
        gates.put_gates(number)
        note("gates", f"{number:,} gates")
    gates.put_gates(1_000)
    for depth in DEPTHS:
        note("depth", f"depth {depth}", chain("plain", depth), chain("gated", depth))
    for number in (0, 1_000, LICENSES):
        gates.issue_to_others(number)
        note("licenses", f"{number + 1:,} licenses")
    for kind, ratios in spreads.items():
        spread = max(ratios) - min(ratios)
        report.add(
            "A3",
            f"spread of the ratios over {kind}",
            figure(spread),
            "<= 0.05",
            OK if spread <= 0.05 else SHORT,
        )


def test_a_person_with_a_thousand_licenses(gates, report) -> None:
    gates.issue_many(gates.collector, 1_000)
    collector = Browser(gates.collector)
    assert CANARY.encode() in collector.get(GATED)
    report.count("A4", "statements more, 1,000 licenses of the reader", extra_statements(collector), 1)
    found = measured(collector, rounds=100)
    report.ratio("A4", "gated / ungated, 1,000 licenses of the reader", found, "gated", 1.08)
