"""One worker at a time, and nothing from one that was too slow."""

import datetime as dt

import pytest

from wagtail_licensing.billing import lease as leases
from wagtail_licensing.billing.errors import Missing, Refused, Unavailable
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import SyncTarget

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def target_id(db, now):
    return request_sync(kind="subscription", object_id="sub_1", account="default", at=now)


def target():
    return SyncTarget.objects.get(object_id="sub_1")


def test_a_lease_is_taken_once(target_id, now):
    assert leases.take(target_id=target_id, at=now) is not None
    assert leases.take(target_id=target_id, at=now + MINUTE / 2) is None


def test_nothing_to_do_gives_no_lease(target_id, now):
    lease = leases.take(target_id=target_id, at=now)
    leases.finish(lease, at=now)
    assert leases.take(target_id=target_id, at=now) is None


def test_a_lease_that_nobody_gave_back_ends_after_a_minute(target_id, now):
    first = leases.take(target_id=target_id, at=now)
    assert leases.take(target_id=target_id, at=now + MINUTE - dt.timedelta(microseconds=1)) is None
    second = leases.take(target_id=target_id, at=now + MINUTE)
    assert second.token == first.token + 1


def test_who_lost_the_lease_may_not_write(target_id, now):
    slow = leases.take(target_id=target_id, at=now)
    quick = leases.take(target_id=target_id, at=now + MINUTE)
    assert leases.confirm(quick)
    assert not leases.confirm(slow)
    leases.finish(slow, at=now)
    leases.fail(slow, failure=Unavailable("late"), at=now)
    row = target()
    assert (row.applied, row.attempts, row.token) == (0, 0, quick.token)


def test_a_request_during_the_work_is_not_lost(target_id, now):
    lease = leases.take(target_id=target_id, at=now)
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    leases.finish(lease, at=now)
    row = target()
    assert (row.requested, row.applied) == (2, 1)
    assert leases.take(target_id=target_id, at=now) is not None


def test_the_pause_doubles_up_to_an_hour():
    pauses = [leases.backoff(n, chance=1.0).total_seconds() for n in (1, 2, 3, 4, 8, 50)]
    assert pauses == [30, 60, 120, 240, 3600, 3600]
    assert leases.backoff(1, chance=0.0).total_seconds() == 15


def test_the_dice_stay_within_the_pause():
    pauses = {leases.backoff(1).total_seconds() for _ in range(50)}
    assert len(pauses) > 1
    assert all(15 <= pause <= 30 for pause in pauses)


def test_an_outage_lets_the_target_wait_and_never_kills_it(target_id, now):
    at = now
    for _ in range(20):
        lease = leases.take(target_id=target_id, at=at)
        leases.fail(lease, failure=Unavailable("Stripe answered 500"), at=at)
        assert leases.take(target_id=target_id, at=at) is None
        at += dt.timedelta(hours=2)
    row = target()
    assert (row.is_dead, row.attempts, row.applied) == (False, 20, 0)
    assert row.error == "unavailable: Stripe answered 500"


def crash(target_id, at):
    lease = leases.take(target_id=target_id, at=at)
    leases.crash(lease, error=KeyError("sk_test_secret"), at=at)


def test_eight_errors_of_ours_in_a_row_park_the_target(target_id, now, caplog):
    for number in range(8):
        assert not target().is_dead
        crash(target_id, now + number * dt.timedelta(hours=2))
    row = target()
    assert row.is_dead
    assert "given up" in caplog.text
    assert "sk_test" not in row.error
    assert leases.take(target_id=target_id, at=now + dt.timedelta(days=9)) is None


def test_an_outage_does_not_count_towards_our_own_errors(target_id, now):
    for number in range(10):
        lease = leases.take(target_id=target_id, at=now + number * dt.timedelta(hours=2))
        leases.fail(lease, failure=Unavailable("away"), at=now + number * dt.timedelta(hours=2))
    crash(target_id, now + dt.timedelta(days=2))
    row = target()
    assert (row.is_dead, row.attempts) == (False, 1)


def test_a_parked_target_gets_another_chance_from_a_new_request(target_id, now):
    for number in range(8):
        crash(target_id, now + number * dt.timedelta(hours=2))
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    row = target()
    assert (row.is_dead, row.attempts) == (False, 0)
    assert leases.take(target_id=target_id, at=now + dt.timedelta(days=1)) is not None


def test_a_refused_key_stops_the_whole_account_and_says_so(target_id, now, caplog):
    other = request_sync(kind="subscription", object_id="sub_2", account="default", at=now)
    lease = leases.take(target_id=target_id, at=now)
    leases.fail(lease, failure=Refused("Stripe answered 401"), at=now)
    assert leases.take(target_id=other, at=now + MINUTE) is None
    assert leases.take(target_id=other, at=now + 6 * MINUTE) is not None
    assert "refuses the key" in caplog.text


def test_a_missing_object_is_one_kind_of_failure(target_id, now):
    lease = leases.take(target_id=target_id, at=now)
    leases.fail(lease, failure=Missing("Stripe answered 404"), at=now)
    assert target().error == "missing: Stripe answered 404"
