"""The accounts that rows are about: found by address, or made."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string

from ..domain.import_rows import RowFacts

_NOT_IN_A_NAME = re.compile(r"[^\w.+-]+")


def accounts_by_address(addresses: Iterable[str]) -> dict[str, list[Any]]:
    """Return the accounts with each address, in lower case. One query.

    The same letters only, whatever their case: an address that only looks the same is another one.
    """
    model = get_user_model()
    field = model.get_email_field_name()
    wanted = {address.lower() for address in addresses}
    rows = model._default_manager.annotate(wl_address=Lower(field)).filter(wl_address__in=wanted)
    found: dict[str, list[Any]] = {}
    for user in rows.order_by("pk"):
        found.setdefault(user.wl_address, []).append(user)
    return found


def make_account(facts: RowFacts) -> Any:
    """Make an account without a password: its owner sets one through the mail for a forgotten one."""
    model = get_user_model()
    fields: dict[str, Any] = {model.get_email_field_name(): facts.email.lower()}
    if model.USERNAME_FIELD not in fields:
        fields[model.USERNAME_FIELD] = _free_name(facts.email)
    known = {field.name for field in model._meta.get_fields()}
    names = {"first_name": facts.first_name, "last_name": facts.last_name}
    fields |= {name: value for name, value in names.items() if name in known}
    user = model._default_manager.model(**fields)
    user.set_unusable_password()
    user.save()
    return user


def _free_name(email: str) -> str:
    """Return a user name that nobody has, made of the part of an address before the @."""
    model = get_user_model()
    stem = _NOT_IN_A_NAME.sub("", email.partition("@")[0].lower())[:100] or "member"
    name = stem
    while model._default_manager.filter(**{f"{model.USERNAME_FIELD}__iexact": name}).exists():
        name = f"{stem}-{get_random_string(6, 'abcdefghjkmnpqrstvwxyz23456789')}"
    return name
