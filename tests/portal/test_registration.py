"""Free on registration: once for a person, for an address that was proved, from then on."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests.conftest import make_product, make_user
from tests.portal.test_guest_checkout import link_in
from wagtail_licensing.models import License, LicenseClaim
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


@pytest.fixture
def sampler(db):
    """Thirty days, for nothing."""
    return make_product("Sampler", kind="fixed_term", term_days=30, issue_mode="registration")


def url(product):
    return reverse("wagtail_licensing:register", args=[product.slug])


def ask(browser, product, email="eve@example.org"):
    return browser.post(url(product), {"email": email})


def newest_link(now) -> str:
    send_waiting(at=now + dt.timedelta(minutes=1))
    return link_in(mail.outbox[-1])


def test_the_offer_leads_to_it(client, sampler):
    assert url(sampler) in client.get(reverse("wagtail_licensing:plans")).content.decode()
    assert client.get(url(sampler)).status_code == 200
    assert not LicenseClaim.objects.exists()


def test_the_link_proves_the_address_and_the_term_begins_with_it(client, sampler, alice, now):
    ask(client, sampler)
    assert License.objects.get().state == "pending"
    client.force_login(alice)
    assert client.post(newest_link(now)).status_code == 303
    license = License.objects.get()
    assert (license.user, license.state, license.source) == (alice, "active", "registration")
    assert license.ends_at - license.starts_at == dt.timedelta(days=30)


def test_a_member_is_asked_to_prove_the_address_of_the_account(client, sampler, alice):
    client.force_login(alice)
    assert "alice@example.org" in client.get(url(sampler)).content.decode()
    client.post(url(sampler), {"email": "victim@example.org"})
    assert LicenseClaim.objects.get().email == "alice@example.org"


def test_one_address_gets_it_once_however_it_is_spelt(client, sampler, alice, now):
    ask(client, sampler, "Eve@Example.org")
    client.force_login(alice)
    client.post(newest_link(now))
    client.logout()
    sent = len(mail.outbox)
    for spelling in ("eve@example.org", "EVE@EXAMPLE.ORG", "ｅve@example.org"):
        assert ask(client, sampler, spelling).status_code in {200, 400}
    send_waiting(at=now + dt.timedelta(hours=1))
    assert LicenseClaim.objects.count() == 1
    assert {message.to[0] for message in mail.outbox[sent:]} <= {"alice@example.org"}


@pytest.mark.parametrize(
    ("first", "others"),
    [
        ("eve@example.org", ["eve+1@example.org", "Eve+free@EXAMPLE.org"]),
        (
            "evesmith@gmail.com",
            ["e.ve.smith@gmail.com", "evesmith+2@gmail.com", "eve.smith@googlemail.com"],
        ),
    ],
)
def test_other_addresses_of_the_same_mailbox_get_nothing_more(sampler, now, first, others):
    for address in [first, *others]:
        assert ask(Client(), sampler, address).status_code == 200
    assert [claim.email for claim in LicenseClaim.objects.all()] == [first]
    send_waiting(at=now + dt.timedelta(hours=1))
    assert {message.to[0] for message in mail.outbox} == {first}


def test_what_only_looks_alike_is_another_person(sampler):
    for address in ("eve@example.org", "eve@ex\u0430mple.org", "e.ve@example.org"):
        assert ask(Client(), sampler, address).status_code == 200
    assert LicenseClaim.objects.count() == 3


@pytest.mark.parametrize("address", ["\u212aim@example.org", "eve@example\u3002org", "e\u200bve@x.org"])
def test_what_would_be_taken_for_another_is_refused(sampler, address):
    assert ask(Client(), sampler, address).status_code == 400
    assert not LicenseClaim.objects.exists()


def test_one_person_gets_it_once_whatever_the_address(client, sampler, alice, now):
    for number, address in enumerate(["one@example.org", "two@example.org"]):
        ask(Client(), sampler, address)
        client.force_login(alice)
        answer = client.post(newest_link(now))
        assert answer.status_code == (303 if number == 0 else 409)
    assert License.objects.filter(user=alice).count() == 1
    assert License.objects.filter(user=None).count() == 1


def test_the_database_holds_both(sampler, alice, now):
    from tests.conftest import give

    common = {
        "kind": "registration",
        "product": sampler,
        "send_at": now,
        "created_at": now,
        "link_expires_at": now,
        "email": "e@example.org",
    }
    first, second = give(alice, sampler, at=now), give(alice, sampler, at=now)
    LicenseClaim.objects.create(**common, license=first, email_key="a", claimed_by=alice, claimed_at=now)
    for clash in ({"email_key": "a"}, {"email_key": "b", "claimed_by": alice, "claimed_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LicenseClaim.objects.create(**common, license=second, **clash)


def test_the_answer_tells_nothing_of_an_address(client, sampler):
    make_user("eve")
    first = ask(Client(), sampler)
    again = ask(Client(), sampler)
    stranger = ask(Client(), sampler, "nobody@example.org")
    texts = [answer.content.decode() for answer in (first, again, stranger)]
    assert texts[0] == texts[1] == texts[2]


def test_asked_for_again_at_once_nothing_more_is_sent(client, sampler, now):
    ask(client, sampler)
    ask(client, sampler)
    send_waiting(at=now + dt.timedelta(minutes=1))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("change", [{"issue_mode": "purchase"}, {"is_archived": True}])
def test_what_is_not_free_is_not_found(client, sampler, change):
    type(sampler).objects.filter(pk=sampler.pk).update(**change)
    assert client.get(url(sampler)).status_code == 404
    assert ask(client, sampler).status_code == 404
    assert not License.objects.exists()


def test_what_is_no_address_is_said(client, sampler):
    assert ask(client, sampler, "nobody").status_code == 400
    assert not License.objects.exists()
