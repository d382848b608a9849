"""The people of the admin: each group of the package, and editors of pages."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

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
def viewer(db):
    """Sees products, gates and licenses."""
    return member_of("viv", "License viewers")


@pytest.fixture
def access_editor(erin):
    """Edits every page, and gates."""
    user = member_of("ada", "Access editors")
    user.groups.add(*erin.groups.all())
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
