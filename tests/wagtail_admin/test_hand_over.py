"""Staff asks the holder to hand a license over, and verifies the domains of teams."""

import pytest

from tests.conftest import give
from wagtail_licensing.models import OrganizationDomain, Transfer
from wagtail_licensing.teams import add_domain, create_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def license(alice, pro, now):
    return give(alice, pro, at=now)


def url(license):
    return f"/admin/licensing/licenses/hand_over/{license.pk}/"


def test_staff_asks_and_nothing_changes_yet(client, olivia, license, alice):
    client.force_login(olivia)
    page = client.get(f"/admin/licensing/licenses/inspect/{license.pk}/").content.decode()
    assert url(license) in page
    assert "Billing stays" in client.get(url(license)).content.decode()
    answer = client.post(url(license), {"email": "dee@example.org", "reason": "moved"})
    assert answer.status_code == 302
    transfer = Transfer.objects.get()
    assert (transfer.license, transfer.giver_confirmed_at, transfer.reason) == (license, None, "moved")
    license.refresh_from_db()
    assert license.user == alice
    assert client.get(url(license)).status_code == 302  # one at a time
    assert Transfer.objects.count() == 1


def test_it_needs_an_address_and_a_reason(client, olivia, license):
    client.force_login(olivia)
    for data in ({"email": "x", "reason": "moved"}, {"email": "dee@example.org", "reason": " "}):
        assert client.post(url(license), data).status_code == 200
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("who", ["alice", "erin"])
def test_nobody_else_asks(client, license, request, who):
    client.force_login(request.getfixturevalue(who))
    client.post(url(license), {"email": "dee@example.org", "reason": "moved"})
    assert not Transfer.objects.exists()


def test_staff_verifies_a_domain(client, olivia, erin, alice, now):
    acme = create_organization(name="Acme", owner=alice, at=now)
    domain = add_domain(organization=acme, domain="acme.example", at=now, actor=alice)
    verify = f"/admin/licensing/team-domains/{domain.pk}/verify/"
    client.force_login(erin)
    client.post(verify)
    assert OrganizationDomain.objects.get().verified_at is None
    client.force_login(olivia)
    assert verify in client.get("/admin/licensing/team-domains/").content.decode()
    assert "acme.example" in client.get(verify).content.decode()
    assert OrganizationDomain.objects.get().verified_at is None
    client.post(verify)
    assert OrganizationDomain.objects.get().verified_by == olivia
