"""What is left of an account: a row that nobody can sign in to and that names nobody."""

import secrets
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from wagtail.models import ModelLogEntry

from ..models import License


def names_of(user: Any) -> list[str]:
    """Return the texts by which somebody would know ``user``, the longest first."""
    full = user.get_full_name() if hasattr(user, "get_full_name") else ""
    names = {user.get_username(), getattr(user, user.get_email_field_name(), ""), full}
    # A name of two letters stands in too many words to be looked for.
    return sorted((name for name in names if name and len(name) > 2), key=len, reverse=True)


def replace_names(value: Any, names: list[str], pseudonym: str) -> Any:
    """Return ``value``, a text, with every one of ``names`` in it replaced, whatever its case."""
    for name in names:
        value = _replaced(value, name, pseudonym)
    return value


def _replaced(text: str, name: str, pseudonym: str) -> str:
    start = text.lower().find(name.lower())
    # Letters whose lower case is longer than they are move what follows: then case has to fit.
    if start < 0 or len(text.lower()) != len(text):
        return text.replace(name, pseudonym)
    end = start + len(name)
    return text[:start] + pseudonym + _replaced(text[end:], name, pseudonym)


def make_pseudonym() -> str:
    """Return a name that says nothing and that nobody else has."""
    return f"deleted-{secrets.token_hex(6)}"


def make_nobody(user: Any, pseudonym: str) -> None:
    """Take name, address, password and rights from the account. It stays, for what points at it.

    Sessions end with the password. What a site keeps in a user model of its own is its business:
    see the signal ``account_deleted``.
    """
    model = type(user)
    for name in (user.get_email_field_name(), "first_name", "last_name", "name"):
        if (field := _text_field(model, name)) is not None:
            setattr(user, name, f"{pseudonym}@deleted.invalid" if field.unique else "")
    if user.get_email_field_name() != model.USERNAME_FIELD:
        setattr(user, model.USERNAME_FIELD, pseudonym)
    for name in ("is_active", "is_staff", "is_superuser"):
        if isinstance(getattr(user, name, None), bool):
            setattr(user, name, False)
    user.set_unusable_password()
    if hasattr(user, "last_login"):
        user.last_login = None
    user.save()
    for name in ("groups", "user_permissions"):
        if hasattr(user, name):
            getattr(user, name).clear()


def clear_log(user: Any, names: list[str], pseudonym: str) -> None:
    """Take the names out of Wagtail's log of the account and of its licenses."""
    of_user = ContentType.objects.get_for_model(type(user))
    of_licenses = ContentType.objects.get_for_model(License)
    ids = [str(pk) for pk in License.objects.filter(user=user).values_list("pk", flat=True)]
    entries = ModelLogEntry.objects.filter(
        Q(content_type=of_user, object_id=str(user.pk)) | Q(content_type=of_licenses, object_id__in=ids)
    )
    for entry in entries:
        reason = str((entry.data or {}).get("reason", ""))
        label, said = (replace_names(text, names, pseudonym) for text in (entry.label, reason))
        if (label, said) != (entry.label, reason):
            data = {**entry.data, "reason": said} if reason else entry.data
            ModelLogEntry.objects.filter(pk=entry.pk).update(label=label, data=data)


def _text_field(model: Any, name: str) -> Any:
    """Return the field called ``name`` of a user model, if it has one that holds text."""
    found = (field for field in model._meta.concrete_fields if field.name == name)
    return next((field for field in found if field.empty_strings_allowed), None)
