"""The mailbox of the demo: mails are kept as files, and shown instead of delivered. Under DEBUG only."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import clock
from .data_dir import data_dir

PER_PAGE = 30


def folder() -> Path:
    """Return the folder in which mails are kept; it need not exist yet."""
    return data_dir() / "mails"


class Backend(BaseEmailBackend):
    """Keeps each mail as a file, named so that the newest has the greatest name."""

    def send_messages(self, email_messages: Any) -> int:
        """Write mails down; returns how many."""
        folder().mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            moment = clock.now().strftime("%Y%m%dT%H%M%S.%f")
            path = folder() / f"{moment}-{uuid.uuid4().hex[:8]}.eml"
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """A mail that was kept: its name, the demo's time at which it was sent, and itself."""

    name: str
    sent_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Return the subject."""
        return str(self.message["subject"] or "")

    @property
    def to(self) -> str:
        """Return whom it went to."""
        return str(self.message["to"] or "")

    def body(self, kind: str) -> str:
        """Return the text of the ``plain`` or the ``html`` part, empty where there is none."""
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    @property
    def text(self) -> str:
        """Return the plain text."""
        return self.body("plain")

    @property
    def html(self) -> str:
        """Return the HTML."""
        return self.body("html")


def names() -> list[str]:
    """Return the names of all mails, newest first."""
    return sorted((path.stem for path in folder().glob("*.eml")), reverse=True)


def read(name: str) -> Mail:
    """Return one mail. Raises Http404 for a name that is none of ours."""
    if name not in names():
        raise Http404
    message = message_from_bytes((folder() / f"{name}.eml").read_bytes(), policy=policy.default)
    sent_at = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S.%f")  # noqa: DTZ007 - shown as it is
    return Mail(name, sent_at, message)


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """List the mails that the demo has sent, newest first."""
    if not settings.DEBUG:
        raise Http404
    page = Paginator(names(), PER_PAGE).get_page(request.GET.get("page"))
    mails = [read(name) for name in page]
    return render(request, "example_site/mailbox.html", {"page_of_names": page, "mails": mails})


@require_safe
@never_cache
def show(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: its headers, its HTML in a frame that may do nothing, its text."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "example_site/mail.html", {"mail": read(name)})
