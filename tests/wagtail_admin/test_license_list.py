"""The list of licenses: find, filter, sort, export."""

import csv
import datetime as dt
import io

import pytest
from openpyxl import load_workbook

from tests.conftest import STAFF, give, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import assign_seat, place_hold
from wagtail_licensing.models import (
    BillingCustomer,
    BillingItem,
    BillingPayment,
    BillingSubscription,
    License,
    LicenseProduct,
)

URL = "/admin/licensing/licenses/"


def found(client, **query) -> set[str]:
    """Return the references in the rows of the list."""
    response = client.get(URL, query)
    assert response.status_code == 200
    return {license.reference for license in response.context["object_list"]}


@pytest.fixture
def client(viewer):
    return signed_in(viewer)


def test_the_list_shows_who_holds_what_in_which_state_until_when(client, alice, pro, now):
    license = give(alice, pro, at=now, ends_at=dt.datetime(2031, 3, 5, tzinfo=dt.UTC))
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)

    body = client.get(URL).content.decode()

    for words in (license.reference, "alice (alice@example.org)", "Pro", "Suspended", "March 5, 2031"):
        assert words in body


def test_an_active_license_whose_access_is_over_says_so_before_any_worker_ran(client, alice, pro, now):
    give(alice, pro, at=now - dt.timedelta(days=9), ends_at=now - dt.timedelta(seconds=1))

    assert "Active, access is over" in client.get(URL).content.decode()


@pytest.fixture
def paid(alice, bob, pro, team, now):
    """Alice pays Pro by a subscription, Bob paid once; each with the mirror of Stripe."""
    subscribed, bought = give(alice, pro, at=now), give(bob, pro, at=now)
    customer = BillingCustomer.objects.create(stripe_id="cus_alice", user=alice)
    subscription = BillingSubscription.objects.create(
        stripe_id="sub_alice", customer=customer, status="active"
    )
    BillingItem.objects.create(
        stripe_id="si_alice", subscription=subscription, stripe_price_id="price_x", license=subscribed
    )
    other = BillingCustomer.objects.create(stripe_id="cus_bob", user=bob)
    BillingPayment.objects.create(stripe_id="pi_bob", customer=other, status="succeeded", license=bought)
    return subscribed, bought


@pytest.mark.parametrize("text", ["alice", "ALICE@example", "cus_alice", "sub_alice", "si_alice"])
def test_a_license_is_found_by_its_person_and_by_stripes_ids(client, paid, text):
    assert found(client, q=text) == {paid[0].reference}


@pytest.mark.parametrize("text", ["cus_bob", "pi_bob"])
def test_a_one_off_license_is_found_by_its_payment(client, paid, text):
    assert found(client, q=text) == {paid[1].reference}


def test_a_license_is_found_by_its_reference(client, paid):
    assert found(client, q=paid[0].reference.lower()) == {paid[0].reference}


def test_each_word_has_to_be_found(client, paid):
    assert found(client, q="alice cus_alice") == {paid[0].reference}
    assert found(client, q="alice cus_bob") == set()


def test_a_team_license_is_found_by_the_people_on_its_seats(client, alice, bob, team, now):
    license = give(alice, team, at=now, seats=3)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)

    assert found(client, q="bob@example.org") == {license.reference}
    assert found(client, holder="bob") == {license.reference}


def test_a_search_for_a_wildcard_finds_nothing_by_accident(client, paid):
    assert found(client, q="%") == set()
    assert found(client, q="_") == set()


@pytest.fixture
def several(alice, bob, charlie, pro, basic, now):
    """One license for each filter to tell apart."""
    day = dt.timedelta(days=1)
    return {
        "soon": give(alice, pro, at=now, ends_at=now + 3 * day),
        "later": give(bob, basic, at=now, ends_at=now + 60 * day, source="purchase"),
        "renews": give(
            charlie, pro, at=now, ends_at=now + 400 * day, renews=True, source="subscription"
        ),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"ends_within": "7"}, {"soon"}),
        ({"ends_within": "90"}, {"soon", "later"}),
        ({"source": ["purchase", "subscription"]}, {"later", "renews"}),
        ({"renews": "true"}, {"renews"}),
        ({"state": "active"}, {"soon", "later", "renews"}),
        ({"state": "revoked"}, set()),
        ({"holder": "ALICE@example.org"}, {"soon"}),
        ({"holder": "ali"}, set()),
    ],
)
def test_filters_narrow_the_list(client, several, query, names):
    assert found(client, **query) == {several[name].reference for name in names}


def test_the_product_filter_keeps_the_licenses_of_that_product(client, several, basic):
    assert found(client, product=basic.pk) == {several["later"].reference}


def test_nonsense_in_the_address_is_no_error(client, several):
    for query in (
        {"state": "x"},
        {"product": "x"},
        {"ends_within": "'"},
        {"p": "x"},
        {"ordering": "pw"},
    ):
        assert client.get(URL, query).status_code == 200


def test_columns_sort_both_ways(client, several):
    up = client.get(URL, {"ordering": "access_until"}).context["object_list"]
    down = client.get(URL, {"ordering": "-access_until"}).context["object_list"]

    assert [item.pk for item in up] == [item.pk for item in down][::-1]
    for key in ("reference", "user__username", "product__name", "state", "source", "ends_at"):
        assert client.get(URL, {"ordering": key}).status_code == 200


def test_the_list_costs_the_same_for_two_and_for_thirty_licenses(client, pro, now):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        return len(captured)

    for number in range(2):
        give(make_user(f"m{number}"), pro, at=now)
    cost()
    two = cost()
    for number in range(2, 30):
        give(make_user(f"m{number}"), pro, at=now)

    assert cost() == two


# --- spreadsheets -------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "%0A=1", "|cmd"]


@pytest.fixture
def dangerous(now):
    """Products whose names a spreadsheet program could take for a formula."""
    for number, name in enumerate(FORMULAS):
        product = LicenseProduct.objects.create(name=name, slug=f"p{number}", kind="perpetual")
        give(make_user(f"user{number}"), product, at=now)


def test_no_cell_of_the_csv_starts_a_formula(client, dangerous):
    response = client.get(URL, {"export": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))

    products = {row[2] for row in rows[1:]}
    assert products == {f"'{name}" for name in FORMULAS}
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_no_cell_of_the_xlsx_is_a_formula(client, dangerous):
    response = client.get(URL, {"export": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "d", "b", "n"}
    assert {row[2].value for row in sheet.iter_rows(min_row=2)} == {f"'{name}" for name in FORMULAS}


def test_the_export_holds_what_is_filtered_and_more_than_one_page(client, pro, basic, now):
    for number in range(60):
        give(make_user(f"m{number}"), pro if number else basic, at=now)

    response = client.get(URL, {"export": "csv", "product": pro.pk})
    rows = b"".join(response.streaming_content).decode().splitlines()

    assert rows[0].startswith("Reference,Holder,Product,State,Source,Starts,Ends,Access until")
    assert len(rows) == 1 + 59


def test_a_license_cannot_be_added_edited_or_deleted_as_a_row(olivia, alice, pro, now):
    license = give(alice, pro, at=now)
    client = signed_in(olivia)

    for action in ("new", f"edit/{license.pk}", f"delete/{license.pk}", f"copy/{license.pk}"):
        assert client.get(f"{URL}{action}/").status_code == 404
        assert client.post(f"{URL}{action}/").status_code == 404
    assert License.objects.get() == license


def test_an_empty_list_says_so(client, db):
    assert "There are no licenses to display" in client.get(URL).content.decode()
