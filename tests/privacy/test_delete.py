"""The end of an account: nothing names the person any more, and the books are still right."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from wagtail.models import ModelLogEntry

from tests.conftest import make_user
from tests.privacy.conftest import NAMES, everything, opens
from wagtail_licensing.models import (
    AccountDeletion,
    BillingCustomer,
    BillingPayment,
    LessonProgress,
    License,
    LicenseEvent,
    LicenseSeat,
    OutboxMessage,
    StripeEvent,
)
from wagtail_licensing.privacy.delete import (
    DeletionRefused,
    delete_account,
    request_deletion,
    waiting_deletion,
    withdraw_deletion,
)
from wagtail_licensing.privacy.pseudonym import replace_names
from wagtail_licensing.privacy.waiting import TRY_AGAIN, carry_out, due
from wagtail_licensing.signals import account_deleted

pytestmark = pytest.mark.django_db


def delete(user, at):
    deletion = request_deletion(user=user, billing="at_once", at=at, requested_by=user)
    assert delete_account(deletion_id=deletion.pk, at=at)
    user.refresh_from_db()
    return deletion


def test_no_table_names_the_person_any_more(traces, zerlina, now):
    """Control: before, the names are found."""
    before = everything()
    assert all(name in before for name in NAMES)
    delete(zerlina, now)
    after = everything().lower()
    assert [name for name in NAMES if name.lower() in after] == []


def test_what_is_left_is_an_account_that_nobody_can_use(traces, zerlina, client, now):
    client.force_login(zerlina)
    delete(zerlina, now)
    assert (zerlina.is_active, zerlina.email, zerlina.get_full_name()) == (False, "", "")
    assert not zerlina.has_usable_password()
    assert zerlina.username.startswith("deleted-")
    assert client.get("/licensing/account/").status_code == 302


def test_progress_and_mails_go_and_payments_stay(traces, zerlina, now):
    delete(zerlina, now)
    assert not LessonProgress.objects.filter(user=zerlina).exists()
    assert not OutboxMessage.objects.filter(user=zerlina).exists()
    assert BillingCustomer.objects.get(user=zerlina).stripe_id == f"cus_{zerlina.pk}"
    assert BillingPayment.objects.get(stripe_id="pi_1").amount == 4900
    assert {(event.payload == {}, event.is_purged) for event in StripeEvent.objects.all()} == {
        (True, True)
    }


def test_licenses_are_revoked_and_seats_released(traces, zerlina, alice, course, now):
    assert {row.state for row in License.objects.filter(user=zerlina)} == {"active", "suspended"}
    delete(zerlina, now)
    assert {row.state for row in License.objects.filter(user=zerlina)} == {"revoked"}
    assert {seat.state for seat in LicenseSeat.objects.filter(user=zerlina)} == {"released"}
    assert License.objects.get(user=alice).state == "active"
    assert not opens(zerlina, course, now)


def test_the_history_keeps_what_happened_under_a_pseudonym(traces, zerlina, now):
    kinds = list(LicenseEvent.objects.filter(license=traces).values_list("kind", flat=True))
    delete(zerlina, now)
    events = LicenseEvent.objects.filter(license=traces)
    assert list(events.values_list("kind", flat=True)) == [*kinds, "revoked"]
    reason = events.get(kind="suspended").reason
    assert reason == f"{zerlina_words(reason)} ({zerlina_words(reason)}) asked for it"


def zerlina_words(reason):
    return reason.split(" ")[0]


def test_wagtails_log_forgets_the_name(traces, zerlina, olivia, now):
    from wagtail.log_actions import log

    log(instance=zerlina, action="wagtail.edit", user=olivia, data={"reason": "zerlina asked"})
    delete(zerlina, now)
    entry = ModelLogEntry.objects.get(object_id=str(zerlina.pk), action="wagtail.edit")
    assert "zerlina" not in f"{entry.label} {entry.data}".lower()
    assert entry.user_id == olivia.pk


def test_nobody_else_is_touched(traces, zerlina, alice, now):
    before = get_user_model().objects.filter(pk=alice.pk).values().get()
    delete(zerlina, now)
    assert get_user_model().objects.filter(pk=alice.pk).values().get() == before


def test_the_site_is_asked_to_erase_its_own(traces, zerlina, now):
    heard = []

    def receive(sender, user_id, pseudonym, **kwargs):
        heard.append((user_id, pseudonym))

    account_deleted.connect(receive)
    delete(zerlina, now)
    account_deleted.disconnect(receive)
    assert heard == [(zerlina.pk, zerlina.username)]


def test_a_receiver_that_fails_leaves_everything_as_it_was(traces, zerlina, now):
    def receive(**kwargs):
        raise RuntimeError("the site could not")

    deletion = request_deletion(user=zerlina, billing="at_once", at=now, requested_by=zerlina)
    account_deleted.connect(receive)
    with pytest.raises(RuntimeError):
        delete_account(deletion_id=deletion.pk, at=now)
    account_deleted.disconnect(receive)
    zerlina.refresh_from_db()
    assert (zerlina.username, zerlina.is_active) == ("zerlina", True)
    assert LessonProgress.objects.filter(user=zerlina).exists()


def test_twice_is_once(zerlina, now):
    deletion = delete(zerlina, now)
    name = zerlina.username
    assert not delete_account(deletion_id=deletion.pk, at=now)
    zerlina.refresh_from_db()
    assert zerlina.username == name


def test_a_withdrawn_one_does_nothing(zerlina, now):
    deletion = request_deletion(user=zerlina, billing="at_once", at=now, requested_by=zerlina)
    assert withdraw_deletion(user=zerlina)
    assert not withdraw_deletion(user=zerlina)
    assert not delete_account(deletion_id=deletion.pk, at=now)
    assert waiting_deletion(zerlina) is None


def test_asking_again_is_one_wish_with_the_new_choice(zerlina, now):
    request_deletion(user=zerlina, billing="period_end", at=now, requested_by=zerlina)
    request_deletion(user=zerlina, billing="at_once", at=now, requested_by=zerlina)
    assert AccountDeletion.objects.get(user=zerlina).billing == "at_once"


def test_the_only_owner_of_the_site_stays(olivia, now):
    with pytest.raises(DeletionRefused, match="run this site"):
        request_deletion(user=olivia, billing="at_once", at=now, requested_by=olivia)
    get_user_model().objects.create_superuser("second", "second@example.org", "second")
    delete(olivia, now)
    assert not olivia.is_superuser


# --- waiting ------------------------------------------------------------------------------------


def asked(zerlina, at, billing="period_end"):
    return request_deletion(user=zerlina, billing=billing, at=at, requested_by=zerlina)


def test_nobody_is_deleted_while_something_is_charged(zerlina, now):
    deletion = asked(zerlina, now)
    assert not carry_out(deletion_id=deletion.pk, stop=lambda **asked: False, at=now)
    zerlina.refresh_from_db()
    deletion.refresh_from_db()
    assert (zerlina.is_active, deletion.state, deletion.stopped_at) == (True, "waiting", now)
    assert due(at=now) == []
    assert due(at=now + TRY_AGAIN) == [deletion.pk]
    assert carry_out(deletion_id=deletion.pk, stop=lambda **asked: True, at=now + TRY_AGAIN)
    assert due(at=now + dt.timedelta(days=9)) == []


def test_when_stripe_does_not_answer_it_waits(zerlina, now):
    deletion = asked(zerlina, now)

    def fails(**asked):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        carry_out(deletion_id=deletion.pk, stop=fails, at=now)
    deletion.refresh_from_db()
    assert (deletion.state, deletion.stopped_at) == ("waiting", None)
    assert due(at=now + TRY_AGAIN) == [deletion.pk]


def test_the_choice_is_passed_on(zerlina, now):
    heard = []

    def stop(*, user, at_once, at):
        heard.append(at_once)
        return False

    carry_out(deletion_id=asked(zerlina, now).pk, stop=stop, at=now)
    carry_out(deletion_id=asked(zerlina, now, "at_once").pk, stop=stop, at=now)
    assert heard == [False, True]


# --- names in texts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Zerlina, ZERLINA and zerlina", "X, X and X"),
        ("nothing", "nothing"),
        ("", ""),
        ("İzerlina", "İX"),
    ],
)
def test_names_are_replaced_whatever_their_case(text, left):
    assert replace_names(text, ["zerlina"], "X") == left


def test_short_names_are_not_looked_for(db):
    from wagtail_licensing.privacy.pseudonym import names_of

    assert "jo" not in names_of(make_user("jo"))
