"""Everybody who asks, each with a session that began before anything ended."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.test import Client
from guardian.shortcuts import assign_perm
from wagtail import VERSION
from wagtail.models import Collection, GroupCollectionPermission, Site

from tests.conftest import STAFF, give, make_product, make_user
from tests.testapp.models import PlainPage
from wagtail_licensing.compat import page_model
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import assign_seat, place_hold, release_seat, revoke_license


@dataclass
class Persona:
    """Somebody: a user, the cookies of their session, and their token for the API v3."""

    name: str
    user: Any
    cookies: Any
    token: str = ""

    def client(self) -> Client:
        """Return a browser of theirs; each its own, so that none sees the pages of another."""
        client = Client()
        client.cookies.update(self.cookies)
        return client


def cast(now: dt.datetime) -> tuple[dict[str, Persona], Any]:
    """Create everybody, and return them by name with the product that opens the gates."""
    pro, basic = make_product("Pro", per_seat=True, seats=9), make_product("Basic")
    users: dict[str, Any] = {"stranger": None}
    for name in (
        *("without license", "lapsed", "revoked", "suspended", "not yet started", "other product"),
        *("released seat", "inactive", "licensed", "new member", "seat holder", "hand grant"),
    ):
        users[name] = make_user(name.replace(" ", "-"))
    users["editor"] = _editor("erin", page_model().objects.get(depth=1), _root())
    users["editor elsewhere"] = _editor_elsewhere()
    users["superuser"] = get_user_model().objects.create_superuser("olivia", "o@example.org", "olivia")

    long_ago, yesterday = now - dt.timedelta(days=30), now - dt.timedelta(days=1)
    give(users["lapsed"], pro, at=long_ago, ends_at=yesterday)
    revoked = give(users["revoked"], pro, at=long_ago)
    revoke_license(license_id=revoked.pk, at=yesterday, by=STAFF)
    suspended = give(users["suspended"], pro, at=long_ago)
    place_hold(license_id=suspended.pk, hold=Hold.ADMIN, at=yesterday, by=STAFF)
    give(users["not yet started"], pro, at=now, starts_at=now + dt.timedelta(days=1))
    give(users["other product"], basic, at=long_ago)
    give(users["inactive"], pro, at=long_ago)
    give(users["new member"], pro, at=yesterday)
    shared = give(users["licensed"], pro, at=long_ago)
    assign_seat(license_id=shared.pk, user=users["seat holder"], at=long_ago, by=STAFF)
    seat = assign_seat(license_id=shared.pk, user=users["released seat"], at=long_ago, by=STAFF)
    release_seat(seat_id=seat.pk, at=yesterday, by=STAFF)
    assign_perm("use_product", users["hand grant"], pro)

    personas = {name: _persona(name, user) for name, user in users.items()}
    get_user_model().objects.filter(pk=users["inactive"].pk).update(is_active=False)
    users["inactive"].is_active = False
    return personas, pro


def _persona(name: str, user: Any) -> Persona:
    """Sign somebody in, and give them a token."""
    client, token = Client(), ""
    if user is not None:
        client.force_login(user)
        if VERSION >= (8, 0):
            from wagtail.models import APIToken

            _, token = APIToken.create_token(user=user, name="of the matrix")
    return Persona(name, user or AnonymousUser(), client.cookies, token)


def _root() -> Collection:
    return Collection.get_first_root_node()


def _editor_elsewhere() -> Any:
    """Create somebody who edits a page and files that have nothing to do with what is gated."""
    home = Site.objects.get(is_default_site=True).root_page
    desk = home.add_child(instance=PlainPage(title="A desk", slug="desk"))
    return _editor("frank", desk, _root().add_child(name="Files of the desk"))


def _editor(name: str, page: Any, collection: Collection) -> Any:
    """Create somebody who edits a page, a collection and what is below them, and holds no license."""
    user = make_user(name)
    group = Group.objects.create(name=f"Editors like {name}")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for codename in ("add_page", "change_page", "publish_page"):
        group.page_permissions.create(page=page, permission=Permission.objects.get(codename=codename))
    for codename in (
        *("change_document", "change_image", "choose_document", "choose_image"),
        *(["change_media"] if apps.is_installed("wagtailmedia") else []),
    ):
        GroupCollectionPermission.objects.create(
            group=group, collection=collection, permission=Permission.objects.get(codename=codename)
        )
    user.groups.add(group)
    return user
