"""Acme and its people: Olga owns it, Max manages it, Bob is in it; Globex is somebody else's."""

import pytest

from tests.conftest import STAFF, make_product, make_user
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.licenses import issue_license
from wagtail_licensing.models import Organization, OrganizationMember
from wagtail_licensing.teams import create_organization


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_MAIL_FROM = "Licenses <licenses@example.org>"
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"


@pytest.fixture
def olga(db):
    """Owns Acme."""
    return make_user("olga", first_name="Olga", last_name="Owner")


@pytest.fixture
def max_(db):
    """Manages Acme."""
    return make_user("max")


@pytest.fixture
def acme(olga, max_, bob, now) -> Organization:
    """An organization with an owner, a manager and a member."""
    acme = create_organization(name="Acme", owner=olga, at=now)
    for user, role in ((max_, Role.MANAGER), (bob, Role.MEMBER)):
        OrganizationMember.objects.create(organization=acme, user=user, role=role, joined_at=now)
    return acme


@pytest.fixture
def globex(charlie, now) -> Organization:
    """Another tenant."""
    return create_organization(name="Globex", owner=charlie, at=now)


@pytest.fixture
def crew(acme, now):
    """Acme's license of three seats; nobody sits on it."""
    product = make_product("Crew", seats=3, per_seat=True)
    return issue_license(product=product, organization=acme, source="by_hand", at=now, by=STAFF)
