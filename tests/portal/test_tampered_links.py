"""Links that work once, in the wrong hands; addresses that somebody else registered first."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.conftest import STAFF, give, make_product, make_user
from tests.portal.test_gifts import FOR_EVE, buy_gift
from tests.portal.test_guest_checkout import buy, link_in, send_mails
from wagtail_licensing.licenses import claim_license, issue_to_guest, register_free
from wagtail_licensing.models import (
    BillingCustomer,
    Invitation,
    License,
    LicenseClaim,
    LicenseSeat,
    Transfer,
)
from wagtail_licensing.notices.people import token_for
from wagtail_licensing.teams import create_organization, invite, offer_license

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
VICTIM = "victim@example.org"
DOTLESS_I = "\u0131"


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


@pytest.fixture
def year(db):
    """A year that waits for whoever has the link."""
    return make_product("Year", kind="fixed_term", term_days=365)


@pytest.fixture
def claim(year, now) -> LicenseClaim:
    return issue_to_guest(product=year, email=VICTIM, at=now, by=STAFF).claim


@pytest.fixture
def mallory(db):
    """Has registered the address of somebody else; nobody asked her to prove it."""
    user = make_user("mallory")
    user.email = VICTIM
    user.save()
    return user


def browser_of(user=None) -> Client:
    browser = Client()
    if user is not None:
        browser.force_login(user)
    return browser


def url_of(row, name="claim"):
    return reverse(f"wagtail_licensing:{name}", args=[row.link_token])


PAGES = ("account", "account_gifts", "account_payments", "account_team", "account_courses")


def test_who_registered_an_address_first_gets_nothing_of_what_its_owner_buys(stripe_world, mallory, bob):
    buy(stripe_world, Client(), stripe_world.year_pass, email=VICTIM)
    send_mails(stripe_world)
    thief, link = browser_of(mallory), link_in(mail.outbox[-1])
    for name in PAGES:
        page = thief.get(reverse(f"wagtail_licensing:{name}")).content.decode()
        assert "Year pass" not in page
        assert link not in page
    assert thief.get("/licensing/api/v1/licenses").json() == []
    assert not License.objects.exclude(user=None).exists()
    assert not BillingCustomer.objects.filter(user=mallory).exists()
    # The owner takes it with whichever account is theirs.
    assert browser_of(bob).post(link).status_code == 303
    assert License.objects.get().user == bob


def test_nobody_is_invited_by_having_typed_an_address(mallory, alice, now):
    license = give(alice, make_product("Duo", seats=2), at=now)
    invite(email=VICTIM, license=license, at=now, actor=alice)
    offer = offer_license(
        license=give(alice, make_product("Solo"), at=now), email=VICTIM, at=now, actor=alice
    )
    thief = browser_of(mallory)
    for name in PAGES:
        page = thief.get(reverse(f"wagtail_licensing:{name}")).content.decode()
        for row in (Invitation.objects.get(), offer):
            assert row.link_token not in page
    assert not LicenseSeat.objects.filter(user=mallory).exists()


def test_where_addresses_are_verified_not_even_the_link_helps(settings, mallory, alice, now):
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = "tests.teams.test_invitations.nothing_verified"
    license = give(alice, make_product("Duo", seats=2), at=now)
    invitation = invite(email=VICTIM, license=license, at=now, actor=alice)
    assert browser_of(mallory).post(url_of(invitation, "invitation")).status_code == 403
    assert not LicenseSeat.objects.filter(user=mallory).exists()


def test_an_account_made_by_a_link_is_that_of_the_address_and_no_more(claim):
    """What a form adds makes nobody a member of staff, and changes no address."""
    forged = {
        "password": PASSWORD,
        "email": "attacker@example.org",
        "username": "admin",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": "1",
        "user": "1",
        "user_permissions": "1",
        "is_active": "",
    }
    browser = Client()
    assert browser.post(url_of(claim), forged).status_code == 303
    user = get_user_model().objects.get()
    assert (user.email, user.username) == (VICTIM, VICTIM)
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert not user.groups.exists()
    assert not user.user_permissions.exists()
    assert License.objects.get().user == user


@pytest.mark.parametrize(
    ("taken", "mine"),
    [
        ("mike@example.org", f"m{DOTLESS_I}ke@example.org"),
        ("alice@example.org", "\u0430lice@example.org"),
        ("alice@example.org", "alice@ex\u0430mple.org"),
        ("alice@example.org", "alice@example.com"),
    ],
)
def test_an_address_that_looks_like_mine_is_not_mine(year, now, taken, mine):
    """Not on any database: some take a dotless i for an i."""
    known = make_user("known")
    known.email = known.username = taken
    known.save()
    claim = issue_to_guest(product=year, email=mine, at=now, by=STAFF).claim
    browser = Client()
    page = browser.get(url_of(claim)).content.decode()
    assert "There is an account" not in page
    assert browser.post(url_of(claim), {"password": PASSWORD}).status_code == 303
    license = License.objects.get()
    assert (license.user.email, license.user != known) == (mine, True)
    known.refresh_from_db()
    assert known.check_password("known")


@pytest.mark.parametrize("spelling", ["VICTIM@example.org", "victim@EXAMPLE.ORG", VICTIM])
def test_who_has_an_account_is_asked_to_sign_in_and_gets_no_second_one(claim, mallory, spelling):
    LicenseClaim.objects.update(email=spelling)
    assert "There is an account" in Client().get(url_of(claim)).content.decode()
    assert Client().post(url_of(claim), {"password": PASSWORD}).status_code == 400
    assert get_user_model().objects.get() == mallory
    assert mallory.check_password("mallory")


@pytest.fixture
def links(alice, bob, year, now) -> dict[str, str]:
    """A link of each purpose that works."""
    claim = issue_to_guest(product=year, email="eve@example.org", at=now, by=STAFF).claim
    team = create_organization(name="Acme", owner=alice, at=now)
    invitation = invite(email="eve@example.org", organization=team, at=now, actor=alice)
    transfer = offer_license(
        license=give(alice, year, at=now), email="eve@example.org", at=now, actor=alice
    )
    return {
        "claim": claim.link_token,
        "invitation": invitation.link_token,
        "transfer": transfer.link_token,
        "no_reminders": token_for(alice),
    }


def holdings():
    return [
        list(model.objects.order_by("pk").values())
        for model in (License, LicenseClaim, LicenseSeat, Invitation, Transfer)
    ]


@pytest.mark.parametrize("of", ["claim", "invitation", "transfer", "no_reminders"])
@pytest.mark.parametrize("used_as", ["claim", "invitation", "transfer", "no_reminders"])
def test_a_link_for_one_thing_opens_no_other(links, charlie, of, used_as):
    if of == used_as:
        return
    before = holdings()
    url = reverse(f"wagtail_licensing:{used_as}", args=[links[of]])
    for method in ("get", "post"):
        assert getattr(browser_of(charlie), method)(url).status_code in {404, 410}
    assert holdings() == before


def used(claim, bob, now):
    claim_license(claim_id=claim.pk, user=bob, at=now, by=STAFF)
    return url_of(claim)


def replaced(claim, bob, now):
    url = url_of(claim)
    claim.renew_link(until=claim.link_expires_at)
    claim.save()
    return url


def made_up(claim, bob, now):
    return reverse("wagtail_licensing:claim", args=["x" * len(claim.link_token)])


def test_the_answer_to_a_link_that_is_not_ones_own_is_one(year, bob, charlie, now):
    """Used, replaced or made up: nothing is told of what it led to."""
    texts = set()
    for number, change in enumerate((used, replaced, made_up)):
        claim = issue_to_guest(product=year, email=f"e{number}@example.org", at=now, by=STAFF).claim
        url = change(claim, bob, now)
        for browser in (browser_of(charlie), browser_of()):
            for method in ("get", "post"):
                answer = getattr(browser, method)(url, {"password": PASSWORD})
                assert answer.status_code == 410
                texts.add(answer.content)
    assert len(texts) == 1
    page = texts.pop().decode()
    assert "Year" not in page
    assert "@example.org" not in page
    assert not License.objects.filter(user=charlie).exists()
    assert get_user_model().objects.count() == 2


def test_a_gift_is_taken_once_and_not_by_a_third(stripe_world, alice, bob, charlie):
    stripe_world.pass_.is_giftable = True
    stripe_world.pass_.save()
    buy_gift(stripe_world, browser_of(alice), stripe_world.year_pass)
    send_mails(stripe_world)
    link = link_in(mail.outbox[-1])
    assert browser_of(bob).post(link).status_code == 303
    for browser in (browser_of(charlie), browser_of(alice), browser_of()):
        for answer in (browser.get(link), browser.post(link, {"password": PASSWORD})):
            assert answer.status_code == 410
            page = answer.content.decode()
            assert FOR_EVE["message"] not in page
            assert FOR_EVE["email"] not in page
            assert "Year pass" not in page
    assert browser_of(bob).post(link).status_code == 303  # the same person again: no harm
    assert [license.user for license in License.objects.all()] == [bob]
    assert not get_user_model().objects.filter(email=FOR_EVE["email"]).exists()


def test_a_closed_account_takes_nothing(claim, charlie):
    browser = browser_of(charlie)
    charlie.is_active = False
    charlie.save()
    assert browser.post(url_of(claim)).status_code == 400
    assert License.objects.get().user is None


@pytest.mark.parametrize("password", [{}, {"password": ""}])
def test_nobody_makes_an_account_without_a_password(claim, password, settings):
    settings.AUTH_PASSWORD_VALIDATORS = []
    assert Client().post(url_of(claim), password).status_code == 400
    assert not get_user_model().objects.exists()
    assert License.objects.get().user is None


def test_who_has_had_it_gets_it_by_no_link_of_another(now, charlie):
    sampler = make_product("Sampler", kind="fixed_term", term_days=30, issue_mode="registration")
    claims = [
        register_free(product=sampler, email=f"{name}@example.org", at=now, by=STAFF)
        for name in ("charlie", "other")
    ]
    answers = [browser_of(charlie).post(url_of(each)) for each in claims]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "other@" not in answers[1].content.decode()
    assert License.objects.filter(user=charlie).count() == 1


@pytest.mark.parametrize("purpose", ["claim", "invitation", "transfer"])
def test_a_page_with_a_token_tells_it_to_no_other_site_and_its_form_works(links, purpose):
    """A browser that must not say where it comes from sends ``Origin: null``, which is refused."""
    url = reverse(f"wagtail_licensing:{purpose}", args=[links[purpose]])
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("eve"))
    page = browser.get(url)
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = browser.cookies["csrftoken"].value
    fields = {"csrfmiddlewaretoken": token, "do": "accept"}
    assert browser.post(url, fields, headers={"Origin": "null"}).status_code == 403
    assert browser.post(url, fields, headers={"Origin": "http://testserver"}).status_code == 303
