"""The people of the admin: each group of the package, and editors of pages."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from wagtail.models import Collection, GroupCollectionPermission

from tests.conftest import make_user


def member_of(name: str, *groups: str):
    """Create a user in the groups of the package."""
    user = make_user(name)
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def manager(db):
    """Looks after products and licenses."""
    return member_of("max", "License managers")


@pytest.fixture
def head(manager, access_editor):
    """Looks after products and licenses, and edits every page, every document and gates."""
    manager.groups.add(*access_editor.groups.all())
    return manager


@pytest.fixture
def viewer(db):
    """Sees products, gates and licenses."""
    return member_of("viv", "License viewers")


@pytest.fixture
def access_editor(erin):
    """Edits every page and document, and gates."""
    user = member_of("ada", "Access editors")
    user.groups.add(*erin.groups.all())
    GroupCollectionPermission.objects.create(
        group=erin.groups.first(),
        collection=Collection.get_first_root_node(),
        permission=Permission.objects.get(codename="change_document"),
    )
    return user


def signed_in(user) -> Client:
    """Return a client in which ``user`` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def formset(prefix: str, *rows: dict, initial: int = 0) -> dict:
    """Return the POST data of an inline panel with ``rows``."""
    data = {
        f"{prefix}-TOTAL_FORMS": str(len(rows)),
        f"{prefix}-INITIAL_FORMS": str(initial),
        f"{prefix}-MIN_NUM_FORMS": "0",
        f"{prefix}-MAX_NUM_FORMS": "1000",
    }
    for number, row in enumerate(rows):
        for name, value in {"ORDER": number + 1, "DELETE": "", "id": "", **row}.items():
            data[f"{prefix}-{number}-{name}"] = str(value)
    return data


def token_in(body: str) -> str:
    """Return what confirms the question that a screen asks, empty where it asks none."""
    found = re.search(r'name=\\?"confirmed\\?" value=\\?"([0-9a-f]+)', body)
    return found[1] if found else ""


def post_and_confirm(client: Client, url: str, data: dict, **kwargs):
    """Set who can read a page, and answer the question that comes first."""
    token = token_in(client.post(url, data, **kwargs).content.decode())
    assert token
    return client.post(url, {**data, "confirmed": token}, **kwargs)
