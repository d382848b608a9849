"""Deleting a person who holds licenses: refused with words, because history is kept."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import router
from django.db.models import ProtectedError, RestrictedError
from django.db.models.deletion import Collector
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages

_OURS = "wagtail_licensing"


def keeps_history(user: Any) -> bool:
    """Tell whether licenses, seats or payments of ``user`` stand in the way of deleting the account."""
    collector = Collector(using=router.db_for_write(type(user), instance=user), origin=user)
    try:
        collector.collect([user])
    except ProtectedError as error:
        objects: Iterable[Any] = error.protected_objects
    except RestrictedError as error:
        objects = error.restricted_objects
    else:
        return False
    return any(found._meta.app_label == _OURS for found in objects)


def refuse_to_delete(request: HttpRequest, users: Iterable[Any]) -> HttpResponse | None:
    """Return the way back with a message when one of ``users`` cannot be deleted because of us."""
    kept = [user for user in users if keeps_history(user)]
    if not kept:
        return None
    for user in kept:
        messages.error(
            request,
            gettext(
                "%(person)s has licenses or payments, and their history is kept, so the account "
                "cannot be deleted here. Make it inactive: an inactive person opens nothing. Or choose "
                "“Delete account and data”, which leaves nothing that names the person."
            )
            % {"person": user.get_username()},
        )
    return redirect("wagtailusers_users:index")


def before_delete_user(request: HttpRequest, user: Any) -> HttpResponse | None:
    """Hook: before one user is deleted."""
    return refuse_to_delete(request, [user])


def before_bulk_action(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action_class_instance: Any
) -> HttpResponse | None:
    """Hook: before users are deleted in bulk."""
    if action_type != "delete" or action_class_instance.model is not get_user_model():
        return None
    return refuse_to_delete(request, objects)
