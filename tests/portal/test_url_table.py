"""Two tenants, six people, every URL: who reaches what. The table is ``url_table.py``."""

import importlib
import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from tests.conftest import STAFF, gate_page, give, make_product, make_user
from tests.portal.sales import make_price
from tests.portal.url_table import COLUMNS, TABLE, URLCONFS, Row, row
from wagtail_licensing.domain.states import PendingReason
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.licenses import assign_seat, issue_license
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    Invitation,
    License,
    LicenseSeat,
    Organization,
    OrganizationMember,
    Transfer,
)
from wagtail_licensing.notices.people import token_for
from wagtail_licensing.teams import add_domain, create_organization, invite, offer_license

pytestmark = pytest.mark.django_db


class World:
    """Acme and Globex, and what the addresses of the table name."""

    def __init__(self, now, course) -> None:
        self.owner, self.manager, self.member, self.other, self.rival = (
            make_user(name) for name in ("owner", "manager", "member", "other", "rival")
        )
        self.staff = make_user("staff", is_staff=True, is_superuser=True)
        acme = create_organization(name="Acme", owner=self.owner, at=now)
        globex = create_organization(name="Globex", owner=self.rival, at=now)
        for organization, user, role in (
            (acme, self.manager, Role.MANAGER),
            (acme, self.member, Role.MEMBER),
            (globex, self.other, Role.MEMBER),
        ):
            OrganizationMember.objects.create(
                organization=organization, user=user, role=role, joined_at=now
            )
        crew = make_product("Crew", seats=5, per_seat=True)
        gate_page(course, crew)
        licenses = [
            issue_license(product=crew, organization=team, source="by_hand", at=now, by=STAFF)
            for team in (acme, globex)
        ]
        self.license = licenses[0]
        seat = assign_seat(license_id=self.license.pk, user=self.member, at=now, by=STAFF)
        assign_seat(license_id=licenses[1].pk, user=self.other, at=now, by=STAFF)
        invitation = invite(
            email="dee@example.org", organization=acme, license=self.license, at=now, actor=self.owner
        )
        spare = issue_license(product=crew, organization=acme, source="by_hand", at=now, by=STAFF)
        transfer = offer_license(license=spare, email="dee@example.org", at=now, actor=self.owner)
        domain = add_domain(organization=acme, domain="acme.test", at=now, actor=self.owner)
        price = make_price(make_product("Pro"), 1200, "month")
        self.claimable = give(self.owner, price.product, at=now, pending=PendingReason.CLAIM).reference
        intent = CheckoutIntent.objects.create(
            user=self.owner, price=price, created_at=now, expires_at=now.replace(year=now.year + 1)
        )
        BillingCustomer.objects.create(organization=acme, stripe_id="cus_acme")
        self.product = price.product.slug
        self.manager_id = str(self.manager.pk)
        self.parameters = {
            "account": "default",
            "claim_id": 1,
            "domain_id": domain.pk,
            "field": "file",
            "filename": "a.pdf",
            "invitation_id": invitation.pk,
            "kind": "document",
            "nonce": intent.nonce,
            "number": "WC-0000-0000",
            "page": course.get_lessons()[0].pk,
            "page_id": course.get_lessons()[0].pk,
            "pk": "1",
            "price_id": price.pk,
            "reference": self.license.reference,
            "seat_id": seat.pk,
            "slug": acme.slug,
            "transfer_id": transfer.pk,
            "user_id": self.member.pk,
        }
        self.tokens = {
            "invitation": invitation.link_token,
            "transfer": transfer.link_token,
            "no_reminders": token_for(self.owner),
            "claim": "x",
            "signed_file": "x",
        }


@pytest.fixture
def world(now, course, settings) -> World:
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""  # no Stripe runs here
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    return World(now, course)


def routes(patterns, before="", route=""):
    """Yield the name and the whole route of every URL, nested ones too."""
    for each in patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{before}{each.namespace}:" if each.namespace else before
            yield from routes(each.url_patterns, inner, here)
        elif isinstance(each, URLPattern):
            yield before + (each.name or here), here


def urls() -> dict[str, str]:
    found = {}
    for module, below in URLCONFS.items():
        for name, route in routes(importlib.import_module(module).urlpatterns):
            assert name not in found, f"two URLs are called {name}"
            found[name] = below + route
    return found


def address(line: Row, world: World) -> str:
    own = {name: getattr(world, attribute) for name, attribute in line.parameters.items()}
    values = {**world.parameters, "token": world.tokens.get(line.name), **own}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), urls()[line.name])


def ask(line: Row, world: World, column: str):
    client = Client(raise_request_exception=False)
    user = getattr(world, column, None)
    if user is not None:
        client.force_login(user)
    data = {
        key: getattr(world, value[1:]) if value.startswith("$") else value
        for key, value in line.data.items()
    }
    return (
        client.generic("GET", address(line, world))
        if line.method == "GET"
        else client.post(address(line, world), data)
    )


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_every_cell(line, world):
    got = {}
    for column in COLUMNS:
        with transaction.atomic():
            got[column] = ask(line, world, column).status_code
            transaction.set_rollback(True)
    assert got == dict(zip(COLUMNS, line.cells, strict=True))


def missing_rows(names, table) -> set[str]:
    present = {(line.name, line.method) for line in table}
    return {f"{method} {name}" for name in names for method in ("GET", "POST")} - {
        f"{method} {name}" for name, method in present
    }


def test_every_url_has_its_rows():
    missing = missing_rows(urls(), TABLE)
    assert not missing, f"Write them into tests/portal/url_table.py: {sorted(missing)}"


def test_no_row_is_about_a_url_that_is_gone_and_none_is_there_twice():
    assert {line.name for line in TABLE} - set(urls()) == set()
    assert len({(line.name, line.method) for line in TABLE}) == len(TABLE)


def test_a_url_without_a_row_would_be_found():
    assert missing_rows(["plans", "new_page"], TABLE) == {"GET new_page", "POST new_page"}
    with pytest.raises(ValueError, match="one status"):
        row("plans", "GET", "200 200")


#: What nobody but Acme's own people changes, whatever they post.
COUNTED = (Invitation, License, LicenseSeat, Organization, OrganizationMember, Transfer)


@pytest.mark.parametrize("column", ["visitor", "member", "other", "staff"])
def test_who_is_refused_changes_nothing(world, column):
    def state():
        return [list(model.objects.order_by("pk").values()) for model in COUNTED]

    before = state()
    for line in TABLE:
        status = line.cells[COLUMNS.index(column)]
        if line.method == "POST" and status in {302, 403, 404, 405}:
            ask(line, world, column)
    assert state() == before


def test_every_refused_post_needs_its_token(world):
    """Cross-site: no POST of a signed-in person works without the token of the form."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.owner)
    open_by_design = {"stripe_webhook", "stripe_webhook_bare", "no_reminders"}
    for line in TABLE:
        if line.method == "POST" and line.cells[4] != 405 and line.name not in open_by_design:
            assert client.post(address(line, world), line.data).status_code == 403, line


def test_no_page_with_a_token_in_its_form_hides_where_it_comes_from(world):
    """Under ``no-referrer`` a browser sends ``Origin: null``, which Django answers with 403."""
    reader = Client()
    reader.force_login(make_user("dee"))  # the one that the invitation and the offer are for
    looked_at = set()
    for line in TABLE:
        if line.method != "GET" or 200 not in line.cells:
            continue
        pages = [ask(line, world, COLUMNS[line.cells.index(200)]), reader.get(address(line, world))]
        for page in pages:
            if b"csrfmiddlewaretoken" in page.content:
                looked_at.add(line.name)
                assert page.get("Referrer-Policy") not in {"no-referrer", "origin"}, line
    assert {"invitation", "transfer", "plans", "account_privacy"} <= looked_at
