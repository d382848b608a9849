"""Why an account cannot be deleted now. Each reason says what to do first."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from ..models import Organization

#: Each takes a user and returns a sentence, or "" where nothing is in the way.
_REASONS: list[Callable[[Any], str]] = []


def reason_against(check: Callable[[Any], str]) -> Callable[[Any], str]:
    """Have ``check`` asked before an account is deleted. A decorator."""
    _REASONS.append(check)
    return check


def reasons_against(user: Any) -> list[str]:
    """Return why the account of ``user`` cannot be deleted now; nothing is in the way of most."""
    return [reason for check in _REASONS if (reason := check(user))]


@reason_against
def last_superuser(user: Any) -> str:
    """Keep whoever alone can run the site."""
    if not getattr(user, "is_superuser", False) or not user.is_active:
        return ""
    others = get_user_model()._base_manager.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return (
        "" if others.exists() else _("You alone can run this site. Make somebody else its owner first.")
    )


@reason_against
def owns_an_organization(user: Any) -> str:
    """Keep whoever answers for an organization: it is never without an owner."""
    owned = Organization.objects.filter(owner=user).values_list("name", flat=True)
    if not owned:
        return ""
    return _("You own %(names)s. Hand it over first.") % {"names": ", ".join(owned)}
