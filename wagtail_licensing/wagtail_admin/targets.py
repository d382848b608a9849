"""Targets of gates in addresses of the admin: ``page:12``, ``document:3``, ``area:tools``."""

from typing import Any

from django.apps import apps
from django.http import Http404
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection

from ..compat import page_model
from .permissions import CHANGE_GATES, VIEW_LICENSES


def models_of_targets() -> dict[str, type[Any]]:
    """Return the models whose rows may stand behind a gate, by the name used in addresses."""
    found: dict[str, type[Any]] = {
        "page": page_model(),
        "document": get_document_model(),
        "image": get_image_model(),
        "collection": Collection,
    }
    if apps.is_installed("wagtailmedia"):
        from wagtailmedia.models import get_media_model

        found["media"] = get_media_model()
    return found


def token_of(target: Any) -> str:
    """Return how ``target`` is named in an address; empty for what cannot be named."""
    if isinstance(target, str):
        return f"area:{target}"
    for name, model in models_of_targets().items():
        if isinstance(target, model):
            return f"{name}:{target.pk}"
    return ""


def target_of(token: str) -> Any:
    """Return the target that ``token`` names. Raises :class:`Http404` for one that is not there."""
    name, _, key = token.partition(":")
    if name == "area" and key:
        return key
    model = models_of_targets().get(name)
    if model is None or not (key.isascii() and key.isalnum() and len(key) <= 36):
        raise Http404
    try:
        found = model._default_manager.filter(pk=key).first()
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found


def title_of(target: Any) -> str:
    """Return the title of a target for people who edit."""
    if hasattr(target, "get_admin_display_title"):
        return str(target.specific_deferred.get_admin_display_title())
    return str(target)


def may_ask_why(user: Any, target: Any) -> bool:
    """Tell whether ``user`` may see why somebody opens ``target``: it tells of licenses of people, so
    that seeing licenses is needed beside setting access."""
    if not user.has_perms([CHANGE_GATES, VIEW_LICENSES]):
        return False
    if isinstance(target, page_model()):
        return bool(target.permissions_for_user(user).can_edit())
    return True
