"""A key that is refused, and a Stripe that is away: everything waits, nobody loses anything."""

import datetime as dt

import pytest
from django.core.management import call_command

from tests.conftest import give
from wagtail_licensing.billing import account as accounts
from wagtail_licensing.billing import lease as leases
from wagtail_licensing.billing.apply import Outcome, apply_target
from wagtail_licensing.billing.errors import BadRequest
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.billing.mirror import Stale, stale_because
from wagtail_licensing.models import BillingAccount, License, SyncTarget

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
TICK = dt.timedelta(microseconds=1)


def ask(stripe_world, subscription):
    return request_sync(
        kind="subscription", object_id=subscription["id"], account="default", at=stripe_world.now
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_account_until_stripe_accepts_one(
    stripe_world, alice, bob, charlie, status, caplog
):
    subscriptions = [stripe_world.subscribe(who, stripe_world.monthly) for who in (alice, bob, charlie)]
    one, two, three = [ask(stripe_world, each) for each in subscriptions]
    stripe_world.simulator.set_faults(api=[{"status": status, "count": 1}])
    at = stripe_world.now

    assert apply_target(target_id=one, at=at).outcome is Outcome.WAITS
    line = BillingAccount.objects.get()
    assert (line.refused_at, line.next_try) == (at, at + 5 * MINUTE)
    assert line.refused_error == f"Stripe answered {status} to subscriptions"
    assert "sk_test" not in caplog.text
    assert [record.levelname for record in caplog.records if "refuses" in record.message] == ["CRITICAL"]

    # Nobody else asks, not even for an object that comes up only now.
    assert apply_target(target_id=two, at=at + 5 * MINUTE - TICK).outcome is Outcome.NOTHING
    assert not License.objects.exists()

    # After five minutes one of them asks, is answered, and all may go on.
    assert apply_target(target_id=two, at=at + 5 * MINUTE).outcome is Outcome.APPLIED
    line.refresh_from_db()
    assert (line.refused_at, line.next_try, line.refused_error) == (None, None, "")
    assert line.answered_at == at + 5 * MINUTE
    assert apply_target(target_id=three, at=at + 5 * MINUTE).outcome is Outcome.APPLIED
    assert apply_target(target_id=one, at=at + 5 * MINUTE).outcome is Outcome.APPLIED
    assert License.objects.filter(state="active").count() == 3


def test_a_stopped_account_says_so_once_and_remembers_since_when(stripe_world, alice, caplog):
    target_id = ask(stripe_world, stripe_world.subscribe(alice, stripe_world.monthly))
    stripe_world.simulator.set_faults(api=[{"status": 401, "count": 9}])
    at = stripe_world.now
    for number in range(3):
        apply_target(target_id=target_id, at=at + number * 5 * MINUTE)
    assert BillingAccount.objects.get().refused_at == at
    said = [record.levelname for record in caplog.records if "refuses" in record.message]
    assert said == ["CRITICAL", "ERROR", "ERROR"]


def test_another_account_goes_on(stripe_world, alice, settings):
    target_id = ask(stripe_world, stripe_world.subscribe(alice, stripe_world.monthly))
    at = stripe_world.now
    accounts.stop(account="other", livemode=False, error="refused", at=at)
    accounts.stop(account="default", livemode=True, error="refused", at=at)
    assert apply_target(target_id=target_id, at=at).outcome is Outcome.APPLIED


def test_who_changed_the_key_need_not_wait(stripe_world, alice):
    target_id = ask(stripe_world, stripe_world.subscribe(alice, stripe_world.monthly))
    at = stripe_world.now
    accounts.stop(account="default", livemode=False, error="refused", at=at)
    assert accounts.resume(account="default", livemode=False)
    assert apply_target(target_id=target_id, at=at).outcome is Outcome.APPLIED
    assert BillingAccount.objects.get().refused_at is None
    assert not accounts.resume(account="default", livemode=False)


def test_a_request_that_stripe_does_not_understand_is_an_error_of_ours(now):
    target_id = request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    for number in range(8):
        at = now + number * 2 * HOUR
        lease = leases.take(target_id=target_id, at=at)
        leases.fail(lease, failure=BadRequest("Stripe answered 400"), at=at)
    target = SyncTarget.objects.get()
    assert target.is_dead
    assert target.error == "crashed: BadRequest (Stripe answered 400)"


def test_a_database_that_fails_is_nobodys_fault(stripe_world, alice, monkeypatch):
    from django.db import OperationalError

    from wagtail_licensing.billing import apply

    def broken(facts, *, origin):
        raise OperationalError("could not extend file: No space left on device")

    target_id = ask(stripe_world, stripe_world.subscribe(alice, stripe_world.monthly))
    monkeypatch.setattr(apply, "write_subscription", broken)
    at = stripe_world.now
    for number in range(20):
        assert apply_target(target_id=target_id, at=at + number * 2 * HOUR).outcome is Outcome.WAITS
    target = SyncTarget.objects.get()
    assert (target.is_dead, target.error) == (False, "unavailable: the database failed")
    monkeypatch.undo()
    assert apply_target(target_id=target_id, at=at + 99 * HOUR).outcome is Outcome.APPLIED


def test_an_answer_is_noted_once_a_minute(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    at = stripe_world.now
    stripe_world.sync("subscription", subscription["id"], at=at)
    stripe_world.sync("subscription", subscription["id"], at=at + MINUTE - TICK)
    assert BillingAccount.objects.get().answered_at == at
    stripe_world.sync("subscription", subscription["id"], at=at + MINUTE)
    assert BillingAccount.objects.get().answered_at == at + MINUTE


# --- safe mode ----------------------------------------------------------------------------------


def test_a_mirror_is_stale_while_the_key_is_refused(now):
    assert stale_because(at=now) == []
    accounts.stop(account="default", livemode=False, error="refused", at=now)
    assert stale_because(at=now) == [Stale.REFUSED]


def test_a_mirror_is_stale_after_an_hour_of_silence(now):
    accounts.note_answer(account="default", livemode=False, at=now)
    assert stale_because(at=now + HOUR) == []
    assert stale_because(at=now + HOUR + TICK) == [Stale.SILENT]


def test_a_mirror_is_stale_when_something_waits_for_a_quarter_of_an_hour(now):
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    assert stale_because(at=now + 15 * MINUTE) == []
    assert stale_because(at=now + 15 * MINUTE + TICK) == [Stale.WAITING]
    SyncTarget.objects.update(is_dead=True)
    assert stale_because(at=now + HOUR) == []


def test_without_billing_nothing_is_stale(now, settings):
    accounts.stop(account="default", livemode=False, error="refused", at=now)
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    assert stale_because(at=now) == []


def test_an_outage_of_a_week_takes_no_label_and_heals_by_itself(stripe_world, alice):
    """Nobody is called expired because Stripe could not be asked; access keeps its own, exact end."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    end = license.access_until
    stripe_world.simulator.advance_to(int((end + 24 * HOUR).timestamp()))
    stripe_world.simulator.set_faults(api=[{"status": 503, "count": 999}])
    call_command("licensing_sweep")
    license.refresh_from_db()
    assert (license.state, license.access_until, license.events.count()) == ("active", end, 1)

    stripe_world.simulator.clear_faults()
    stripe_world.sync("subscription", subscription["id"])
    license.refresh_from_db()
    assert license.access_until > stripe_world.now
    assert [line.kind for line in license.events.order_by("pk")] == ["issued", "renewed"]


def test_when_stripe_was_asked_the_label_follows(stripe_world, alice, now):
    """The control: the same license, and Stripe answered a moment ago."""
    license = give(
        alice, stripe_world.pro, at=now, starts_at=now - 40 * 24 * HOUR, ends_at=now - HOUR, renews=True
    )
    License.objects.update(access_until=now - HOUR, state="active")
    from wagtail_licensing.billing.sweep import sweep

    accounts.note_answer(account="default", livemode=False, at=now - 2 * HOUR)
    sweep(at=now, ring=lambda target_id: None)
    license.refresh_from_db()
    assert license.state == "active"
    accounts.note_answer(account="default", livemode=False, at=now)
    sweep(at=now, ring=lambda target_id: None)
    license.refresh_from_db()
    assert license.state == "expired"


def test_what_was_cancelled_ends_also_while_stripe_is_away(stripe_world, alice, now):
    license = give(alice, stripe_world.pro, at=now, starts_at=now - 40 * 24 * HOUR, ends_at=now + HOUR)
    accounts.stop(account="default", livemode=False, error="refused", at=now)
    from wagtail_licensing.billing.sweep import sweep

    sweep(at=now + HOUR, ring=lambda target_id: None)
    license.refresh_from_db()
    assert license.state == "expired"
