"""Taking over subscribers who were at Stripe before: linked by an administrator, or not at all."""

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from wagtail_licensing.billing import importing
from wagtail_licensing.billing.import_links import BadFile, read_links
from wagtail_licensing.models import (
    BillingCustomer,
    BillingSubscription,
    License,
    LicenseEvent,
    OutboxMessage,
    SyncCursor,
    SyncTarget,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscriber(stripe_world):
    """Make a customer with a subscription at Stripe of whom the site knows nothing."""

    def make(*prices, email="old@example.org", metadata=None, cancelled=False):
        customer = stripe_world.post("/v1/customers", email=email)
        stripe_world.simulator.card(customer["id"], "ok")
        items = [{"price": getattr(price, "stripe_price_id", price)} for price in prices]
        subscription = stripe_world.post(
            "/v1/subscriptions", customer=customer["id"], items=items, metadata=metadata or {}
        )
        if cancelled:
            stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
        return customer["id"]

    return make


@pytest.fixture
def links(tmp_path):
    """Write a file of links and return its name."""

    def write(*pairs, heading="customer,user"):
        path = tmp_path / "links.csv"
        path.write_text("\n".join([heading, *(",".join(pair) for pair in pairs)]) + "\n")
        return str(path)

    return write


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    stripe_world, subscriber, links, alice, capsys
):
    unmapped = stripe_world.make_price(stripe_world.pro, 100, interval="month", mapped=False)
    linked = subscriber(stripe_world.monthly)
    stranger = subscriber(unmapped)
    subscriber(stripe_world.monthly, cancelled=True)
    file = links((linked, "alice"), ("cus_nobody", "alice"))
    call_command("licensing_import_stripe", "--dry-run", "--links", file)
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "subscriptions: 2 living, 1 ended",
        "linked already: 0",
        "linked now: 1",
        "unlinked: 1",
        "conflict: 0",
        f"  unlinked: {stranger}",
        "prices that no product has: 1",
        f"  {unmapped}: 1 items",
        "lines of the file that no subscription asked for: 1",
        "nothing was changed",
    ]
    assert not BillingCustomer.objects.exists()
    assert not SyncTarget.objects.exists()
    assert not SyncCursor.objects.exists()


def test_an_import_links_and_gives_licenses_without_a_mail(stripe_world, subscriber, links, alice, bob):
    customer = subscriber(stripe_world.monthly)
    call_command("licensing_import_stripe", "--links", links((customer, "alice")))
    assert not OutboxMessage.objects.exists()
    assert LicenseEvent.objects.get().cause == "import"
    # The control: what is bought afterwards is told.
    later = stripe_world.subscribe(bob, stripe_world.monthly)
    stripe_world.sync("subscription", later["id"])
    assert OutboxMessage.objects.get().user == bob
    license = License.objects.get(user=alice)
    assert (license.state, license.product) == ("active", stripe_world.pro)
    assert BillingCustomer.objects.get(user=alice).stripe_id == customer
    assert mail.outbox == []


def test_what_is_reported_before_the_import_reads_it_is_told(stripe_world, alice, now):
    """An import does not silence what somebody else has asked for already."""
    from wagtail_licensing.billing.inbox import request_many, request_sync

    wanted = {"kind": "subscription", "account": "default", "at": now}
    request_sync(object_id="sub_1", **wanted)
    # An event of a stranger was looked at long ago, and nothing came of it.
    request_sync(object_id="sub_2", **wanted)
    SyncTarget.objects.filter(object_id="sub_2").update(applied=1)
    request_many(object_ids=["sub_1", "sub_2", "sub_3"], by_import=True, **wanted)
    quiet = dict(SyncTarget.objects.values_list("object_id", "is_import"))
    assert quiet == {"sub_1": False, "sub_2": True, "sub_3": True}


def test_a_second_import_changes_nothing(stripe_world, subscriber, links, alice, capsys):
    customer = subscriber(stripe_world.monthly)
    file = links((customer, "alice"))
    call_command("licensing_import_stripe", "--links", file)
    lines, requested = LicenseEvent.objects.count(), SyncTarget.objects.get().requested
    capsys.readouterr()
    call_command("licensing_import_stripe", "--links", file)
    assert LicenseEvent.objects.count() == lines
    assert SyncTarget.objects.get().requested == requested
    assert "linked already: 1" in capsys.readouterr().out


def test_metadata_links_only_under_the_name_that_was_told(stripe_world, subscriber, alice, bob):
    subscriber(stripe_world.monthly, metadata={"member": "alice"})
    subscriber(stripe_world.yearly, metadata={"somebody": "bob"})
    call_command("licensing_import_stripe")
    assert not License.objects.exists()
    call_command("licensing_import_stripe", "--metadata", "member")
    assert License.objects.get().user == alice


def test_a_mail_address_links_nobody(stripe_world, subscriber, alice):
    subscriber(stripe_world.monthly, email=alice.email)
    call_command("licensing_import_stripe", "--metadata", "member")
    assert not BillingCustomer.objects.exists()
    assert not License.objects.exists()


def test_nobody_gets_a_second_customer_and_no_customer_another_owner(
    stripe_world, subscriber, links, alice, bob, capsys
):
    stripe_world.customer(alice)
    another = subscriber(stripe_world.monthly)
    mine = stripe_world.subscribe(bob, stripe_world.monthly)["customer"]
    first, second = subscriber(stripe_world.monthly), subscriber(stripe_world.monthly)
    file = links((another, "alice"), (mine, "alice"), (first, "carol"), (second, "nobody"))
    call_command("licensing_import_stripe", "--links", file)
    out = capsys.readouterr().out
    assert "conflict: 2" in out
    assert "unlinked: 2" in out
    assert BillingCustomer.objects.get(stripe_id=mine).user == bob
    assert not BillingCustomer.objects.filter(stripe_id=another).exists()


def test_two_customers_for_one_user_are_a_conflict_in_a_dry_run_too(
    stripe_world, subscriber, links, alice, capsys
):
    first, second = subscriber(stripe_world.monthly), subscriber(stripe_world.yearly)
    file = links((first, "alice"), (second, "alice"))
    for arguments in (["--dry-run"], []):
        call_command("licensing_import_stripe", "--links", file, *arguments)
        out = capsys.readouterr().out
        assert "linked now: 1" in out
        assert "conflict: 1" in out


def test_an_import_that_was_killed_goes_on(stripe_world, subscriber, links, alice, bob, monkeypatch):
    from wagtail_licensing.billing import client

    older, newer = subscriber(stripe_world.monthly), subscriber(stripe_world.yearly)
    links_of_both = {older: "alice", newer: "bob"}
    monkeypatch.setattr(client, "PAGE", 1)
    real = importing._take_page
    pages = []

    class Killed(BaseException):
        pass

    def take(page, *args, **kwargs):
        pages.append(page)
        if len(pages) == 2:
            raise Killed
        real(page, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_take_page", take)
        with pytest.raises(Killed):
            importing.import_from_stripe(at=stripe_world.now, links=links_of_both)
    assert [row.user for row in BillingCustomer.objects.all()] == [bob]

    result = importing.import_from_stripe(at=stripe_world.now, links=links_of_both)
    assert (result.resumed, result.subscriptions) == (True, 1)
    assert BillingCustomer.objects.count() == 2
    call_command("licensing_sweep")
    assert License.objects.filter(state="active").count() == 2
    assert BillingSubscription.objects.count() == 2


def test_two_imports_at_once_are_one(stripe_world):
    from wagtail_licensing.billing import cursors

    assert cursors.take_run("import", at=stripe_world.now)
    with pytest.raises(CommandError, match="another import is under way"):
        call_command("licensing_import_stripe")


def test_an_outage_says_that_it_can_go_on(stripe_world):
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    with pytest.raises(CommandError, match="goes on where it stopped"):
        call_command("licensing_import_stripe")
    stripe_world.simulator.clear_faults()
    call_command("licensing_import_stripe")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("customer;user\n", "first line"),
        ("customer,user\ncus_1,\n", "line 2"),
        ("customer,user\ncus_1,alice\ncus_1,bob\n", "two users"),
    ],
)
def test_a_file_that_says_less_than_it_should_is_refused(text, said):
    with pytest.raises(BadFile, match=said):
        read_links(text.splitlines(keepends=True))


def test_a_file_that_is_not_there_is_told(stripe_world):
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("licensing_import_stripe", "--links", "/nowhere.csv")
