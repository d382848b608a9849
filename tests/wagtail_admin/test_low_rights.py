"""Our screens in the admin show nobody the text of a gated page that they may not edit.

Every address of ours is asked, discovered from the URLs: a new screen is walked without a line here.
"""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import CANARY, give, make_user
from tests.testapp.models import ArticlePage
from wagtail_licensing.models import EntitlementRule, Gate, License, LicenseProduct

pytestmark = pytest.mark.django_db

HIDDEN_WORDS = [CANARY, "Firstlines"]


@pytest.fixture
def secret(home, pro):
    """A hidden article with a child; its title is an editor's business, its text is not."""
    page = home.add_child(
        instance=ArticlePage(
            title="Secret", slug="secret", introduction="Firstlines", body=f"<p>{CANARY}</p>"
        )
    )
    page.save_revision().publish()
    gate = Gate.objects.create(kind="page", page_id=page.pk, without_access="not_found")
    EntitlementRule.objects.create(gate=gate, product=pro)
    return page


def staff(name, page, *codenames):
    """A user of the admin who edits ``page`` only, with permissions of ours."""
    user = make_user(name)
    group = Group.objects.create(name=name)
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    group.permissions.add(
        *Permission.objects.filter(content_type__app_label="wagtail_licensing", codename__in=codenames)
    )
    for codename in ("add_page", "change_page", "publish_page"):
        group.page_permissions.create(page=page, permission=Permission.objects.get(codename=codename))
    user.groups.add(group)
    return user


def all_of_ours(patterns=None, prefix=""):
    """Every address of the admin whose view is ours, with places for what it is about."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from all_of_ours(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", pattern.callback)
            module = getattr(view, "__module__", "")
            if route.startswith("admin/") and ("licensing" in route or "licensing" in module):
                yield route.replace("^", "").replace("$", "").replace(r"\Z", "")


def addresses(secret):
    subjects = [str(secret.pk), *(str(gate.pk) for gate in Gate.objects.all())]
    subjects += [str(pk) for pk in License.objects.values_list("pk", flat=True)]
    subjects += [str(pk) for pk in LicenseProduct.objects.values_list("pk", flat=True)]
    for route in all_of_ours():
        for subject in dict.fromkeys(subjects):
            url = "/" + re.sub(r"<[^>]+>|\(\?P[^)]+\)", subject, route)
            yield from (url, f"{url}?q={CANARY}", f"{url}?export=csv")


ROLES = {
    "edits_elsewhere": (),
    "sees_gates": ("view_gate", "view_license", "view_licenseproduct"),
    "sets_gates": ("add_gate", "change_gate", "delete_gate", "view_gate", "set_access"),
}


@pytest.mark.parametrize("role", ROLES)
def test_no_screen_of_ours_shows_the_text_of_a_page_that_one_may_not_edit(
    role, client, course, secret, alice, pro, now
):
    give(alice, pro, at=now)
    client.force_login(staff("heidi", course, *ROLES[role]))
    urls = list(addresses(secret))
    assert len(urls) > 30
    for url in urls:
        response = client.get(url)
        assert response.status_code < 500, url
        content = b"".join(response) if response.streaming else response.content
        for word in HIDDEN_WORDS:
            assert word not in re.sub(rf"q={CANARY}|value=.{CANARY}.", "", content.decode()), url


def test_the_access_of_a_page_is_told_to_who_may_edit_it(client, course, secret, olivia):
    url = f"/admin/licensing/access/{secret.pk}/"
    client.force_login(staff("heidi", course, *ROLES["sets_gates"]))
    assert client.get(url).status_code in (302, 403)
    client.force_login(olivia)
    assert client.get(url).status_code == 200
