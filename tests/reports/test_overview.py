"""The overview: every figure equals the list behind it, and nobody sees what they may not."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests.conftest import STAFF, give, make_user
from tests.reports.conftest import END, read_again, rows
from tests.wagtail_admin.conftest import member_of, signed_in
from wagtail_licensing.domain.states import Cause, Hold
from wagtail_licensing.licenses import ChangedBy, issue_license, place_hold
from wagtail_licensing.models import (
    BillingCustomer,
    BillingSubscription,
    CheckoutIntent,
    License,
    LicenseSeat,
    ProductPrice,
    RevenueChange,
)
from wagtail_licensing.reports.definitions import DEFINITIONS
from wagtail_licensing.wagtail_admin.charts import Point, line_of

URL = "/admin/licensing/overview/"


def with_rights(name: str, *codenames: str):
    user = make_user(name)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["access_admin", *codenames]))
    return user


@pytest.fixture
def at_the_end(settings):
    settings.WAGTAIL_LICENSING_CLOCK = "tests.reports.conftest.at_the_end"


@pytest.fixture
def busy(book, at_the_end, alice, bob, olivia):
    """The book, and beside it what it has none of: gifts, holds, seats, checkouts, renewals."""
    pro = book["pro"]
    start = END - dt.timedelta(days=40)
    give(alice, pro, at=start, ends_at=END + dt.timedelta(days=10))
    held = give(bob, pro, at=start)
    place_hold(license_id=held.pk, hold=Hold.ADMIN, at=END, by=STAFF)
    herself = ChangedBy(cause=Cause.STAFF, actor=olivia, reason="I like it")
    issue_license(product=pro, source="by_hand", user=olivia, at=start, by=herself)
    issue_license(product=pro, source="by_hand", user=alice, at=start, by=herself)
    crowded = License.objects.get(billing_item__stripe_id="si_E14")
    for number in range(2, crowded.seats_total + 2):  # the buyer has the first
        person = make_user(f"crowd-{number}")
        LicenseSeat.objects.create(
            license=crowded, user=person, state="assigned", slot=number, assigned_at=start
        )
    price = ProductPrice.objects.get(stripe_price_id="pro_eur")
    for state, status in (
        ("completed", "paid"),
        ("completed", "unpaid"),
        ("open", ""),
        ("expired", ""),
        ("failed", ""),
    ):
        CheckoutIntent.objects.create(
            user=alice,
            price=price,
            state=state,
            payment_status=status,
            created_at=END - dt.timedelta(days=2),
            expires_at=END,
        )
    team_row = [row for row in rows("facts") if row["subscription"] == "E14"][-1]
    for row in (*rows("facts")[:5], team_row):
        read_again(row, at=END)
    return book


def figures_of(context) -> list:
    return [
        *(figure for _currency, figures in context["revenue"] for figure in figures),
        *context["licenses"],
        *(figure for _cohort, figure in context["renewals"]),
        *context["checkouts"],
    ]


def test_every_figure_equals_the_list_behind_it(busy, olivia) -> None:
    client = signed_in(olivia)
    seen, lists = {}, 0
    june = {"first": "2024-06-01", "until": "2024-07-01"}
    for query in ({}, {"first": "2024-01-01", "until": "2024-04-01"}, {**june, "currency": "EUR"}):
        context = client.get(URL, query).context
        figures = figures_of(context)
        for figure in figures:
            behind = client.get(figure.url)
            assert behind.status_code == 200, figure.url
            assert behind.context["paginator"].count == figure.count, (query, figure)
            if figure.currency and figure.count:
                assert behind.context["totals"] == [(figure.currency, figure.value)], (query, figure)
            seen[figure.name] = max(seen.get(figure.name, 0), figure.count)
            lists += 1

    assert lists > 90
    # No figure is right only because it counts nothing.
    assert set(seen) == set(DEFINITIONS)
    nothing_in_the_book = {name for name, count in seen.items() if not count}
    assert nothing_in_the_book <= {"trial", "grace", "pending"}
    body = client.get(URL, {"currency": "EUR"}).content.decode()
    assert "€307.33" in body
    assert "Revenue in JPY" not in body


@pytest.fixture
def small(db, at_the_end, alice):
    """One subscription of 12.34 euros and one of 1500 yen, each since October."""
    customer = BillingCustomer.objects.create(stripe_id="cus_1", user=alice)
    for currency, amount in (("EUR", 1234), ("JPY", 1500)):
        pay(customer, currency, amount, name=f"sub_{currency}")
    return customer


def pay(customer, currency: str, amount: int, *, name: str) -> None:
    at = dt.datetime(2024, 10, 5, tzinfo=dt.UTC)
    subscription = BillingSubscription.objects.create(
        customer=customer,
        stripe_id=name,
        status="active",
        currency=currency,
        monthly_amount=amount,
    )
    RevenueChange.objects.create(
        subscription=subscription,
        kind="new",
        at=at,
        recorded_at=at,
        currency=currency,
        before=0,
        after=amount,
    )


def test_the_page_says_what_it_counts_and_in_which_zone(small, olivia) -> None:
    client = signed_in(olivia)
    body = client.get(URL).content.decode()

    for words in ("€12.34", "¥1,500", "whole days in UTC", "The last day still runs", "not kept"):
        assert words in body
    assert "This site shows times in UTC." in body
    assert str(DEFINITIONS["mrr"].text)[:40] in body
    assert "Revenue in JPY" not in client.get(URL, {"currency": "EUR"}).content.decode()


def text_of(response) -> str:
    return b"".join(response).decode("utf-8-sig")


def test_the_exports_hold_the_same_numbers_and_no_formula(small, olivia) -> None:
    small.subscriptions.update(stripe_id=Concat(Value("=cmd()"), "currency"))
    client = signed_in(olivia)

    rows = list(csv.reader(io.StringIO(text_of(client.get(URL, {"export": "csv"})))))
    revenue = [row for row in rows if row[0].startswith("Monthly recurring revenue")]
    assert [row[1:3] for row in revenue] == [["EUR", "12.34"], ["JPY", "1500"]]
    sheet = load_workbook(io.BytesIO(b"".join(client.get(URL, {"export": "xlsx"})))).active
    values = {(row[0].value, row[1].value): row[2].value for row in sheet.iter_rows(min_row=2)}
    assert float(values["Monthly recurring revenue (1 subscription)", "EUR"]) == 12.34
    assert values["Net new (1 change)", "JPY"] == 1500
    for name in ("changes", "subscriptions"):
        body = text_of(client.get(f"{URL}{name}/", {"export": "csv"}))
        assert "'=cmd()EUR" in body
        assert ",=cmd()" not in body
        assert not body.splitlines()[1].startswith("=")


def test_the_queries_do_not_grow_with_subscriptions_and_currencies(small, olivia) -> None:
    client = signed_in(olivia)

    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    addresses = (URL, "/admin/", f"{URL}changes/", f"{URL}renewals/", f"{URL}checkouts/")
    for url in addresses:
        count(url)
    before = [count(url) for url in addresses]
    for number in range(30):
        pay(small, ("EUR", "CHF", "USD")[number % 3], 100, name=f"sub_{number}")

    assert [count(url) for url in addresses] == before


def test_money_is_for_those_with_the_right_to_see_it(small) -> None:
    sees_licenses = signed_in(with_rights("viewer", "view_license"))
    sees_money = signed_in(with_rights("accountant", "view_revenuechange"))
    sees_nothing = signed_in(member_of("ada", "Access editors"))

    body = sees_licenses.get(URL).content.decode()
    assert "Licenses, now" in body
    assert "12.34" not in body
    assert "12.34" not in sees_licenses.get("/admin/").content.decode()
    assert "12.34" not in sees_licenses.get(URL, {"export": "csv"}).getvalue().decode()
    body = sees_money.get(URL).content.decode()
    assert "€12.34" in body
    assert "Licenses, now" not in body
    assert "€12.34" in sees_money.get("/admin/").content.decode()
    assert sees_nothing.get(URL).status_code == 302
    assert "licensing-figures" not in sees_nothing.get("/admin/").content.decode()
    for name in ("changes", "subscriptions", "renewals", "checkouts"):
        assert sees_licenses.get(f"{URL}{name}/").status_code == 302
        assert sees_money.get(f"{URL}{name}/").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "first=2024-05-01&until=2024-05-01",
        "first=nonsense",
        "first=0001-01-01&until=9999-12-31",
        "until=0001-01-01",
        "currency=%3Cscript%3Ecanary&step=%3Cscript%3Ecanary&outcome=%3Cscript%3Ecanary",
        "kind=nonsense&outcome=nonsense&step=nonsense&cohort=9999-12-31",
    ],
)
def test_an_address_that_makes_no_sense_is_no_error_and_shows_no_script(query, olivia) -> None:
    client = signed_in(olivia)
    for name in ("", "changes/", "subscriptions/", "renewals/", "checkouts/"):
        response = client.get(f"{URL}{name}?{query}")
        assert response.status_code == 200
        assert b"<script>canary" not in response.content


def test_a_chart_breaks_where_nothing_was_kept_and_stands_on_nothing() -> None:
    days = [dt.date(2024, month, 1) for month in range(1, 6)]
    values = [0, 50, None, 100, 25]
    points = [Point(day, value, "") for day, value in zip(days, values, strict=True)]
    chart = line_of("EUR", points)

    assert [len(run.split()) for run in chart.runs] == [2, 2]
    assert chart.dots == [(8, 152), (154, 80), (446, 8), (592, 116)]
    assert line_of("EUR", [Point(days[0], None, "")]).runs == []
