"""An account for somebody who came by a link in a mail: the link has proved the address."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ..conf import conf
from ..domain.mailboxes import mailbox_key


def has_account(email: str) -> bool:
    """Tell whether somebody has an account with this address. One query."""
    users = get_user_model()
    field = users.get_email_field_name()
    known = users._default_manager.filter(**{f"{field}__iexact": email})
    key = mailbox_key(email)
    if not key:
        return bool(known.exists())
    # Databases take letters for the same that are not: PostgreSQL a dotless i for an i.
    return any(mailbox_key(str(found)) == key for found in known.values_list(field, flat=True))


def make_account(*, email: str, password: str) -> Any:
    """Return a new user with this address and password.

    ``WAGTAIL_LICENSING_MAKE_ACCOUNT`` makes it, if it is set. Raises ``ValidationError`` for a
    password that is too weak, and for an address that somebody has an account with.
    """
    if has_account(email):
        raise ValidationError(_("There is an account with this address. Please sign in."))
    if not password:  # a site without validators would take it
        raise ValidationError(_("Please choose a password."))
    users = get_user_model()
    fields = {users.get_email_field_name(): email}
    validate_password(password, users(**fields))
    try:
        with transaction.atomic():
            if conf.make_account:
                return import_string(conf.make_account)(email, password)
            return _create(fields, password)
    except IntegrityError:
        raise ValidationError(_("There is an account with this address. Please sign in.")) from None


def _create(fields: dict[str, str], password: str) -> Any:
    users = get_user_model()
    name = users.USERNAME_FIELD
    if name not in fields:
        fields[name] = _free_name(next(iter(fields.values())))
    user = users(**fields)
    user.set_password(password)
    user.save()
    return user


def _free_name(email: str) -> str:
    """Return a user name: the address, or its beginning with something added if that is taken."""
    users = get_user_model()
    name = users.USERNAME_FIELD
    longest = getattr(users._meta.get_field(name), "max_length", None) or 150
    taken = users._default_manager.filter(**{f"{name}__iexact": email})
    if len(email) <= longest and not taken.exists():
        return email
    return f"{email.partition('@')[0][: longest - 9]}-{get_random_string(8).lower()}"
