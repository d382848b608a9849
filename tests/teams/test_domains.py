"""Joining by a domain: off by default, verified, proved, and never by free mail."""

import pytest

from tests.conftest import make_user
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.teams import (
    NotYours,
    TeamError,
    add_domain,
    domains_to_join,
    join_by_domain,
    open_domain,
    remove_domain,
    role_of,
    verify_domain,
)

pytestmark = pytest.mark.django_db


def all_verified(user):
    return [user.email]


@pytest.fixture
def proved(settings):
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = "tests.teams.test_domains.all_verified"


@pytest.fixture
def dee(db):
    return make_user("dee")


@pytest.fixture
def domain(acme, olga, now):
    return add_domain(organization=acme, domain="Example.ORG", at=now, actor=olga)


def test_it_is_off_until_it_is_verified_and_opened(domain, dee, olga, olivia, acme, proved, now):
    assert (domain.domain, domain.verified_at, domain.is_open) == ("example.org", None, False)
    with pytest.raises(TeamError):
        open_domain(domain_id=domain.pk, is_open=True, at=now, actor=olga)
    verify_domain(domain_id=domain.pk, at=now, actor=olivia)
    with pytest.raises(NotYours):
        join_by_domain(domain_id=domain.pk, user=dee, at=now)
    assert domains_to_join(dee) == []
    open_domain(domain_id=domain.pk, is_open=True, at=now, actor=olga)
    assert domains_to_join(dee) == [domain]
    join_by_domain(domain_id=domain.pk, user=dee, at=now)
    assert role_of(dee, acme) is Role.MEMBER
    assert domains_to_join(dee) == []


def test_an_address_that_nobody_has_proved_lets_nobody_in(domain, dee, olga, olivia, now):
    verify_domain(domain_id=domain.pk, at=now, actor=olivia)
    open_domain(domain_id=domain.pk, is_open=True, at=now, actor=olga)
    assert domains_to_join(dee) == []
    with pytest.raises(NotYours):
        join_by_domain(domain_id=domain.pk, user=dee, at=now)


def test_a_proved_address_of_the_owner_verifies(acme, olga, proved, now):
    assert add_domain(organization=acme, domain="example.org", at=now, actor=olga).verified_at == now
    assert add_domain(organization=acme, domain="other.org", at=now, actor=olga).verified_at is None


@pytest.mark.parametrize("domain", ["gmail.com", "GMX.de", "x@outlook.com", "", "localhost", "a b.org"])
def test_where_anybody_has_an_address_is_no_team(acme, olga, now, domain):
    with pytest.raises(TeamError):
        add_domain(organization=acme, domain=domain, at=now, actor=olga)


def test_a_neighbour_is_not_the_domain(domain, olga, olivia, proved, now):
    verify_domain(domain_id=domain.pk, at=now, actor=olivia)
    open_domain(domain_id=domain.pk, is_open=True, at=now, actor=olga)
    for number, address in enumerate(
        ("x@sub.example.org", "x@example.org.evil.net", "x@ex\u0430mple.org")
    ):
        user = make_user(f"n{number}")
        user.email = address
        with pytest.raises(NotYours):
            join_by_domain(domain_id=domain.pk, user=user, at=now)


def test_a_domain_is_one_teams(domain, globex, charlie, olivia, now):
    verify_domain(domain_id=domain.pk, at=now, actor=olivia)
    other = add_domain(organization=globex, domain="example.org", at=now, actor=charlie)
    with pytest.raises(TeamError):
        verify_domain(domain_id=other.pk, at=now, actor=olivia)


def test_only_the_owner_names_opens_and_removes(acme, domain, max_, charlie, now):
    for actor in (max_, charlie):
        with pytest.raises(NotYours):
            add_domain(organization=acme, domain="x.org", at=now, actor=actor)
        with pytest.raises(NotYours):
            open_domain(domain_id=domain.pk, is_open=False, at=now, actor=actor)
        with pytest.raises(NotYours):
            remove_domain(domain_id=domain.pk, at=now, actor=actor)
    assert acme.domains.count() == 1
