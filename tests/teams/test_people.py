"""Who may change what in an organization; it always has an owner, and who is removed is out."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from tests.conftest import gate_page, make_user
from wagtail_licensing.access import check_access
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.licenses import NoSeatLeft
from wagtail_licensing.models import (
    Organization,
    OrganizationEvent,
    OrganizationMember,
    OutboxMessage,
)
from wagtail_licensing.privacy.refusals import reasons_against
from wagtail_licensing.teams import (
    NotYours,
    TeamError,
    change_role,
    create_organization,
    give_seat,
    leave,
    remove_person,
    rename_organization,
    role_of,
)

pytestmark = pytest.mark.django_db


def test_everybody_is_what_they_are(acme, olga, max_, bob, charlie):
    roles = [role_of(user, acme) for user in (olga, max_, bob, charlie)]
    assert roles == [Role.OWNER, Role.MANAGER, Role.MEMBER, None]


def test_a_closed_account_is_nothing(acme, max_):
    max_.is_active = False
    assert role_of(max_, acme) is None


def test_the_database_keeps_an_owner(acme, olga):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=acme.pk).update(owner=None)
    with pytest.raises(ProtectedError):
        olga.delete()


def test_two_with_one_name_have_two_addresses(acme, charlie, now):
    other = create_organization(name="  Acme ", owner=charlie, at=now)
    assert (other.name, other.slug) == ("Acme", "acme-2")
    with pytest.raises(TeamError):
        create_organization(name="   ", owner=charlie, at=now)


def test_nobody_owns_any_number(charlie, now):
    for number in range(20):
        create_organization(name=f"T{number}", owner=charlie, at=now)
    with pytest.raises(TeamError):
        create_organization(name="One more", owner=charlie, at=now)


@pytest.mark.parametrize("who", ["max_", "bob", "charlie"])
def test_only_the_owner_changes_roles_and_the_name(acme, bob, now, request, who):
    actor = request.getfixturevalue(who)
    with pytest.raises(NotYours):
        change_role(organization_id=acme.pk, user_id=bob.pk, role=Role.MANAGER, at=now, actor=actor)
    with pytest.raises(NotYours):
        rename_organization(organization_id=acme.pk, name="Mine", at=now, actor=actor)
    assert role_of(bob, acme) is Role.MEMBER


def test_the_owner_makes_managers_and_no_owners(acme, olga, bob, charlie, now):
    for _ in range(2):
        change_role(organization_id=acme.pk, user_id=bob.pk, role=Role.MANAGER, at=now, actor=olga)
    assert role_of(bob, acme) is Role.MANAGER
    assert acme.events.filter(kind="role_changed").count() == 1
    for user, role in ((bob, Role.OWNER), (charlie, Role.MEMBER), (olga, Role.MEMBER)):
        with pytest.raises(NotYours):
            change_role(organization_id=acme.pk, user_id=user.pk, role=role, at=now, actor=olga)


def remove(acme, user, actor, now):
    remove_person(organization_id=acme.pk, user_id=user.pk, at=now, actor=actor)


def test_managers_remove_members_and_nobody_above(acme, olga, max_, bob, now):
    other = make_user("other")
    OrganizationMember.objects.create(organization=acme, user=other, role="manager", joined_at=now)
    for user in (olga, other):
        with pytest.raises(NotYours):
            remove(acme, user, max_, now)
    with pytest.raises(NotYours):
        remove(acme, max_, bob, now)
    remove(acme, bob, max_, now)
    remove(acme, other, olga, now)
    assert [role_of(user, acme) for user in (bob, other, max_)] == [None, None, Role.MANAGER]
    assert acme.events.filter(kind="removed").count() == 2


def test_who_is_removed_is_out_at_the_next_look(acme, crew, article, olga, bob, now):
    gate_page(article, crew.product)
    give_seat(license_id=crew.pk, user_id=bob.pk, at=now, actor=olga)
    assert check_access(bob, article, at=now).allowed
    for _ in range(2):
        remove(acme, bob, olga, now)
    assert not check_access(bob, article, at=now).allowed
    assert crew.seats.get().state == "released"
    assert crew.events.last().kind == "seat_released"
    assert acme.events.filter(kind="removed").count() == 1


def test_a_person_of_another_team_cannot_be_removed_through_ones_own(acme, globex, bob, charlie, now):
    with pytest.raises(NotYours):
        remove(acme, bob, charlie, now)
    remove(globex, bob, charlie, now)  # nobody there: nothing happens
    assert role_of(bob, acme) is Role.MEMBER
    assert not globex.events.filter(kind="removed").exists()


def test_everybody_may_leave_but_the_owner(acme, crew, olga, max_, charlie, now):
    give_seat(license_id=crew.pk, user_id=max_.pk, at=now, actor=olga)
    leave(organization_id=acme.pk, at=now, actor=max_)
    assert role_of(max_, acme) is None
    assert crew.seats.get().state == "released"
    with pytest.raises(TeamError):
        leave(organization_id=acme.pk, at=now, actor=olga)
    with pytest.raises(NotYours):
        leave(organization_id=acme.pk, at=now, actor=charlie)
    assert role_of(olga, acme) is Role.OWNER


def test_a_seat_is_given_once_and_told_once(
    acme, crew, max_, bob, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = give_seat(license_id=crew.pk, user_id=bob.pk, at=now, actor=max_)
        again = give_seat(license_id=crew.pk, user_id=bob.pk, at=now, actor=max_)
    assert first == again
    message = OutboxMessage.objects.get(notice="seat_given")
    assert (message.user, message.license) == (bob, crew)
    assert crew.events.last().actor == max_


def test_seats_go_to_people_of_the_team_by_those_who_manage_it(
    acme, globex, crew, olga, max_, bob, charlie, now
):
    with pytest.raises(NotYours):
        give_seat(license_id=crew.pk, user_id=charlie.pk, at=now, actor=olga)
    for actor in (bob, charlie):
        with pytest.raises(NotYours):
            give_seat(license_id=crew.pk, user_id=bob.pk, at=now, actor=actor)
    give_seat(license_id=crew.pk, user_id=olga.pk, at=now, actor=olga)
    assert not OutboxMessage.objects.filter(notice="seat_given").exists()  # she did it herself
    give_seat(license_id=crew.pk, user_id=bob.pk, at=now, actor=max_)
    give_seat(license_id=crew.pk, user_id=max_.pk, at=now, actor=max_)
    other = make_user("other")
    OrganizationMember.objects.create(organization=acme, user=other, role="member", joined_at=now)
    with pytest.raises(NoSeatLeft):
        give_seat(license_id=crew.pk, user_id=other.pk, at=now, actor=max_)


def test_the_owner_is_written_to_about_the_license(
    acme, pro, olga, now, django_capture_on_commit_callbacks
):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import issue_license

    with django_capture_on_commit_callbacks(execute=True):
        issue_license(product=pro, organization=acme, source="by_hand", at=now, by=STAFF)
    assert [message.to for message in mail.outbox] == [[olga.email]]


def test_history_is_written_once(acme):
    line = acme.events.first()
    assert (line.kind, line.facts) == ("created", {"owner": acme.owner_id})
    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(TypeError):
        OrganizationEvent.objects.update(kind="other")


def test_the_account_of_an_owner_is_not_deleted(acme, olga, bob):
    assert any("Acme" in reason for reason in reasons_against(olga))
    assert reasons_against(bob) == []
