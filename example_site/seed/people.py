"""The people of the demo: staff with a password, members without one."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

PASSWORD = "wagtail"

#: Name, given and family name, groups, superuser.
STAFF = (
    ("edith", "Edith", "Lindqvist", ("Editors", "Moderators", "Access editors"), False),
    ("olivia", "Olivia", "Marsh", ("License managers",), True),
)
MEMBER = ("mia", "Mia", "Okafor")

MEMBERS = (
    "Ada Byron", "Amir Haddad", "Anouk Visser", "Ben Carter", "Carla Mendes", "Chidi Eze",
    "Dana Petrov", "Elif Yilmaz", "Emil Larsen", "Farida Karimi", "Fiona Walsh", "Gustav Holm",
    "Hana Sato", "Ines Duarte", "Ivan Horvat", "Jade Wong", "Jonas Weber", "Kaya Demir",
    "Lena Fischer", "Liam Murphy", "Lucia Romano", "Mateo Silva", "Maya Cohen", "Nils Berg",
    "Noor Rahman", "Olga Novak", "Omar Saleh", "Petra Kovac", "Priya Nair", "Quentin Moreau",
    "Rosa Jimenez", "Ruth Adler", "Samir Aziz", "Sofia Rossi", "Tariq Mansour", "Tess Bakker",
    "Uma Krishnan", "Viktor Orlov", "Wanda Zielinska", "ليلى حداد",
)  # fmt: skip


def create() -> dict[str, Any]:
    """Create everybody. Returns the users by user name; members are ``member-01`` and on."""
    # One hash for all: the demo's password is no secret, and hashing is slow on purpose.
    password = make_password(PASSWORD)
    users = get_user_model()
    cast = {}
    for name, first, last, groups, is_owner in STAFF:
        user = users(username=name, first_name=first, last_name=last, email=f"{name}@example.org")
        user.password, user.is_staff, user.is_superuser = password, is_owner, is_owner
        user.save()
        user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
        cast[name] = user
    name, first, last = MEMBER
    people = [(name, first, last)]
    for number, full in enumerate(MEMBERS, start=1):
        first, last = full.split(" ", 1)
        people.append((f"member-{number:02}", first, last))
    for name, first, last in people:
        cast[name] = users.objects.create(
            username=name,
            first_name=first,
            last_name=last,
            email=f"{name}@example.org",
            password=password,
        )
    return cast
