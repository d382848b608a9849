"""Notices, through public signals alone, what the tour ticks and no table tells."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import DatabaseError, transaction
from wagtail.documents.models import document_served

from wagtail_licensing.signals import access_denied

from .clock import now

PAYWALL_MET = "paywall-met"
FILE_OPENED = "file-opened"
FILE_REFUSED = "file-refused"
SEEDED = "seeded"


def connect() -> None:
    """Connect the receivers, once."""
    access_denied.connect(on_access_denied, dispatch_uid="example_site.tour.denied")
    document_served.connect(on_document_served, dispatch_uid="example_site.tour.served")


def notes() -> Any:
    """Return all that the tour remembers."""
    model: Any = apps.get_app_config("example_site").get_model("TourNote")
    return model.objects


def has_note(key: str) -> bool:
    """Tell whether something was done. One query."""
    return bool(notes().filter(key=key).exists())


def moment_of(key: str) -> datetime:
    """Return when something was done; the present if it was not."""
    note = notes().filter(key=key).first()
    return note.at if note else now()


def take_note(key: str) -> None:
    """Remember that something was done; a visitor never suffers if that fails."""
    try:
        if not has_note(key):
            with transaction.atomic():
                notes().create(key=key, at=now())
    except DatabaseError:
        return


def on_access_denied(*, target: Any = None, **kwargs: Any) -> None:
    """A paywall was shown, or a file refused."""
    from wagtail.documents import get_document_model

    take_note(FILE_REFUSED if isinstance(target, get_document_model()) else PAYWALL_MET)


def on_document_served(*, request: Any, **kwargs: Any) -> None:
    """A file went out to somebody who is signed in."""
    if request is not None and request.user.is_authenticated and not request.user.is_staff:
        take_note(FILE_OPENED)
