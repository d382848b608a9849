"""Every role at every address of ours: who gets in, who is refused, reading and writing."""

import io
import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver

from tests.conftest import give, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.recipes import Recipe
from wagtail_licensing.domain.states import PendingReason
from wagtail_licensing.imports import upload
from wagtail_licensing.models import (
    Certificate,
    EntitlementRule,
    Gate,
    License,
    LicenseApplication,
    LicenseEvent,
    MailText,
    Organization,
    OrganizationDomain,
    Quiz,
)

LICENSES, PRODUCTS, GATES = (f"/admin/licensing/{name}" for name in ("licenses", "products", "gates"))
BULK = "/admin/bulk/wagtail_licensing/license"

OVERVIEW = "/admin/licensing/overview"

SEE_REVENUE = {"superuser"}
SEE_LICENSES = {"viewer", "manager", "superuser"}
MANAGE = {"manager", "superuser"}
SEE_PRODUCTS = {"viewer", "manager", "superuser"}
SEE_GATES = {"viewer", "manager", "access editor", "superuser"}
SET_GATES = {"access editor", "superuser"}

#: Address with {license}, {product}, {gate}, {page} for ids -> the roles that get in.
ENDPOINTS = {
    f"{LICENSES}/": SEE_LICENSES,
    f"{LICENSES}/results/": SEE_LICENSES,
    f"{LICENSES}/?export=csv": SEE_LICENSES,
    f"{LICENSES}/inspect/{{license}}/": SEE_LICENSES,
    f"{LICENSES}/timeline/{{license}}/": SEE_LICENSES,
    f"{LICENSES}/timeline/{{license}}/?kind=mail&kind=stripe": SEE_LICENSES,
    "/admin/licensing/people/{person}/timeline/": SEE_LICENSES,
    "/admin/licensing/people/{person}/as-of/": SEE_LICENSES,
    "/admin/licensing/people/{person}/as-of/?at=2026-01-01 12:00": SEE_LICENSES,
    # Whoever operates billing and sees licenses: the owner gives that right.
    f"{LICENSES}/evidence/{{license}}/": {"superuser"},
    f"{LICENSES}/issue/": MANAGE,
    f"{LICENSES}/suspend/{{license}}/": MANAGE,
    f"{LICENSES}/revoke/{{license}}/": MANAGE,
    f"{LICENSES}/extend/{{license}}/": MANAGE,
    f"{LICENSES}/resume/{{suspended}}/": MANAGE,
    f"{BULK}/suspend/?id={{license}}": MANAGE,
    f"{BULK}/revoke/?id={{license}}": MANAGE,
    f"{PRODUCTS}/": SEE_PRODUCTS,
    f"{PRODUCTS}/results/": SEE_PRODUCTS,
    f"{PRODUCTS}/?export=csv": SEE_PRODUCTS,
    f"{PRODUCTS}/inspect/{{product}}/": SEE_PRODUCTS,
    f"{PRODUCTS}/usage/{{product}}/": MANAGE,
    f"{PRODUCTS}/history/{{product}}/": MANAGE,
    f"{PRODUCTS}/history-results/{{product}}/": MANAGE,
    f"{PRODUCTS}/new/": MANAGE,
    f"{PRODUCTS}/edit/{{product}}/": MANAGE,
    f"{PRODUCTS}/delete/{{product}}/": MANAGE,
    f"{GATES}/": SEE_GATES,
    f"{GATES}/results/": SEE_GATES,
    f"{GATES}/?export=csv": SEE_GATES,
    f"{GATES}/inspect/{{gate}}/": SEE_GATES,
    f"{GATES}/usage/{{gate}}/": SET_GATES,
    f"{GATES}/history/{{gate}}/": SET_GATES,
    f"{GATES}/history-results/{{gate}}/": SET_GATES,
    f"{GATES}/new/": SET_GATES,
    f"{GATES}/edit/{{gate}}/": SET_GATES,
    f"{GATES}/delete/{{gate}}/": SET_GATES,
    "/admin/licensing/access/{page}/": SET_GATES,
    "/admin/licensing/report/": SEE_GATES,
    "/admin/licensing/report/results/": SEE_GATES,
    "/admin/licensing/report/?export=csv": SEE_GATES,
    # Nobody but the superuser has both rights here: setting access and seeing licenses.
    "/admin/licensing/explain/": {"superuser"},
    "/admin/licensing/explain/?target=page:{page}": {"superuser"},
    "/admin/licensing/mails/": MANAGE,
    "/admin/licensing/mails/results/": MANAGE,
    "/admin/licensing/mails/?export=csv": MANAGE,
    "/admin/licensing/mails/again/": MANAGE,
    "/admin/licensing/mail-texts/{text}/try/": {"superuser"},
    # How billing is, is for whoever the owner gives that right.
    "/admin/licensing/billing/": {"superuser"},
    # The history of all licenses is for auditors, and for nobody by itself.
    "/admin/licensing/history/": {"superuser"},
    "/admin/licensing/history/results/": {"superuser"},
    "/admin/licensing/history/?export=csv": {"superuser"},
    # Numbers of licenses are for those who see licenses; revenue and the lists behind it are not.
    f"{OVERVIEW}/": SEE_LICENSES,
    f"{OVERVIEW}/?export=csv": SEE_LICENSES,
    **{
        f"{OVERVIEW}/{name}/{more}": SEE_REVENUE
        for name in ("changes", "subscriptions", "renewals", "checkouts")
        for more in ("", "results/", "?export=csv")
    },
    "/admin/licensing/applications/": SEE_LICENSES,
    "/admin/licensing/applications/results/": SEE_LICENSES,
    "/admin/licensing/applications/inspect/{application}/": SEE_LICENSES,
    f"{LICENSES}/hand_over/{{license}}/": MANAGE,
    "/admin/licensing/team-domains/": MANAGE,
    "/admin/licensing/team-domains/results/": MANAGE,
    "/admin/licensing/team-domains/{domain}/verify/": MANAGE,
    "/admin/licensing/imports/": MANAGE,
    "/admin/licensing/imports/results/": MANAGE,
    "/admin/licensing/imports/upload/": MANAGE,
    "/admin/licensing/imports/{import}/": MANAGE,
    "/admin/licensing/imports/{import}/columns/": MANAGE,
    "/admin/licensing/imports/{import}/left-out.csv": MANAGE,
    "/admin/licensing/lessons/{course}/": {"page editor", "access editor", "superuser"},
    # What came later belongs to no group of ours: the owner gives these rights.
    "/admin/licensing/certificates/": {"superuser"},
    "/admin/licensing/certificates/results/": {"superuser"},
    "/admin/licensing/certificates/{certificate}/revoke/": {"superuser"},
    "/admin/licensing/downloads/": {"superuser"},
    "/admin/licensing/downloads/results/": {"superuser"},
    "/admin/licensing/people/{person}/delete/": {"superuser"},
    "/admin/licensing/people/{person}/export/": {"superuser"},
    "/admin/licensing/quizzes/": {"superuser"},
    "/admin/licensing/quizzes/results/": {"superuser"},
    "/admin/licensing/quizzes/new/": {"superuser"},
    "/admin/licensing/quizzes/edit/{quiz}/": {"superuser"},
    "/admin/licensing/quizzes/usage/{quiz}/": {"superuser"},
    "/admin/licensing/quizzes/history/{quiz}/": {"superuser"},
    "/admin/licensing/quizzes/history-results/{quiz}/": {"superuser"},
    "/admin/licensing/quizzes/delete/{spare_quiz}/": {"superuser"},
}
#: Signed for one person and a day; whose it is decides, not the role: test_undo.py.
A_LINK_FOR_ONE = {"/admin/licensing/undo/{}/"}
ROLES = [
    "anonymous",
    "member",
    "page editor",
    "access editor",
    "viewer",
    "manager",
    "superuser",
]


@pytest.fixture
def world(gated_article, course, pro, alice, bob, now):
    from tests.conftest import STAFF
    from wagtail_licensing.domain.states import Hold
    from wagtail_licensing.licenses import place_hold

    suspended = give(bob, pro, at=now)
    place_hold(license_id=suspended.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    return {
        "license": give(alice, pro, at=now).pk,
        "suspended": suspended.pk,
        "product": pro.pk,
        "gate": Gate.objects.get().pk,
        "page": gated_article.pk,
        "text": MailText.objects.create(notice="ended", subject="Over", body="It is.").pk,
        "person": make_user("paula").pk,
        **_what_came_later(course, pro, now),
    }


def _what_came_later(course, pro, now) -> dict[str, int]:
    """Return the ids of rows of other screens: one of each."""
    applicant = make_user("ann")
    applied = give(applicant, pro, at=now, pending=PendingReason.APPROVAL)
    application = LicenseApplication.objects.create(
        license=applied, product=pro, user=applicant, created_at=now
    )
    file = io.BytesIO(b"email\na@example.org\n")
    record = upload(file=file, name="list.csv", recipe=Recipe.ANY, at=now)
    quiz, spare = (Quiz.objects.create(lesson=lesson) for lesson in course.get_children()[:2])
    certificate = Certificate.objects.create(
        user=applicant, course=course, name="Ann", course_title=course.title, issued_at=now
    )
    team = Organization.objects.create(name="Team", slug="team", owner=applicant)
    domain = OrganizationDomain.objects.create(organization=team, domain="team.example")
    return {
        "application": application.pk,
        "import": record.pk,
        "course": course.pk,
        "quiz": quiz.pk,
        "spare_quiz": spare.pk,
        "certificate": certificate.pk,
        "domain": domain.pk,
    }


@pytest.fixture
def clients(erin, access_editor, viewer, manager, olivia):
    people = {
        "member": make_user("mia"),
        "page editor": erin,
        "access editor": access_editor,
        "viewer": viewer,
        "manager": manager,
        "superuser": olivia,
    }
    return {"anonymous": Client(), **{role: signed_in(user) for role, user in people.items()}}


def state_of_everything() -> tuple:
    return (
        sorted(License.objects.values_list("pk", "state", "ends_at")),
        LicenseEvent.objects.count(),
        sorted(EntitlementRule.objects.values_list("gate_id", "product_id", "after_days")),
        sorted(Gate.objects.values_list("pk", "audience", "without_access")),
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_it_may(clients, world, role):
    client = clients[role]
    before = state_of_everything()
    wrong = []
    for endpoint, allowed in ENDPOINTS.items():
        url = endpoint.format(**world)
        for method in ("get", "post"):
            # Asked by a script, Wagtail answers a refusal with 403 and not with a redirect.
            headers = {"x-requested-with": "XMLHttpRequest"}
            response = getattr(client, method)(url, headers=headers)
            gets_in = response.status_code != 403
            if gets_in != (role in allowed) or response.status_code >= 500:
                wrong.append((method, url, response.status_code))
            if role not in allowed:
                plain = getattr(client, method)(url)
                if plain.status_code not in (302, 403):
                    wrong.append((method, url, "plain", plain.status_code))
            if role not in allowed and state_of_everything() != before:
                wrong.append((method, url, "changed something"))
        if role in allowed:
            _restore(world)
            before = state_of_everything()

    assert wrong == []


def _restore(world) -> None:
    """Bring back what an empty POST may delete for those who may delete."""
    if not Gate.objects.filter(pk=world["gate"]).exists():
        Gate.objects.create(pk=world["gate"], kind="page", page_id=world["page"])
        EntitlementRule.objects.create(gate_id=world["gate"], product_id=world["product"])


def test_the_table_above_knows_every_address_of_ours(db):
    known = {re.sub(r"{[a-z_]+}", "{}", endpoint.split("?")[0]) for endpoint in ENDPOINTS}
    ours = {address for address in _addresses(get_resolver()) if address.startswith("/admin/licensing/")}

    assert ours
    assert ours - known == A_LINK_FOR_ONE


def _addresses(resolver, prefix="/"):
    for pattern in resolver.url_patterns:
        route = prefix + re.sub(r"<[^>]+>", "{}", str(pattern.pattern)).lstrip("^").rstrip("$")
        if hasattr(pattern, "url_patterns"):
            yield from _addresses(pattern, route)
        else:
            yield route


def test_no_get_changes_anything(clients, world):
    before = state_of_everything()
    for endpoint in ENDPOINTS:
        clients["superuser"].get(endpoint.format(**world))

    assert state_of_everything() == before


def test_the_groups_hold_what_they_are_called_for(db):
    def codenames(name: str) -> set[str]:
        # Wagtail's own migrations give whoever enters the admin some of their permissions.
        permissions = Group.objects.get(name=name).permissions.filter(
            content_type__app_label__in=["wagtail_licensing", "wagtailadmin"]
        )
        return set(permissions.values_list("codename", flat=True))

    assert codenames("Access editors") == {
        "access_admin",
        "view_gate",
        "add_gate",
        "change_gate",
        "delete_gate",
    }
    assert codenames("License viewers") == {
        "access_admin",
        "view_licenseproduct",
        "view_gate",
        "view_license",
        "view_licenseapplication",
    }
    manager = codenames("License managers")
    assert {"issue_license", "suspend_license", "revoke_license", "view_license"} <= manager
    assert not {"change_gate", "change_license", "delete_license"} & manager


def test_the_form_of_a_group_offers_our_permissions_and_none_that_do_nothing(olivia):
    body = signed_in(olivia).get("/admin/groups/new/").content.decode()

    assert "Can revoke licenses" in body
    assert "Can issue licenses by hand" in body
    assert "Can open the gate" not in body
    assert "Can use what the product opens" not in body


def test_permissions_made_by_the_migration_are_the_ones_that_django_uses(db):
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Permission

    before = Permission.objects.filter(content_type__app_label="wagtail_licensing").count()
    create_permissions(apps.get_app_config("wagtail_licensing"), verbosity=0)

    assert Permission.objects.filter(content_type__app_label="wagtail_licensing").count() == before
