"""Mails in the admin: what waits, what was sent, and what was given up."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_filters import FilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..conf import now
from ..models import OutboxMessage
from ..models.notices import MessageState
from ..notices.send import send_again
from .exports import SafeExportMixin
from .kept_rows import KeptRowsViewSet
from .links import MAILS, license_url
from .one_question import ConfirmView
from .permissions import VIEW_MAILS, mail_policy
from .words import day_words


class MailFilterSet(FilterSet):
    """Narrows the outbox by what became of a mail and by its occasion."""

    class Meta:
        model = OutboxMessage
        fields = ["state", "notice"]


def reader_of(mail: OutboxMessage) -> str:
    """Return who a mail goes to: a member, or the address that something was offered to."""
    if mail.user is not None:
        return str(mail.user)
    offer = mail.invitation or mail.transfer
    return offer.email if offer is not None else ""


class MailIndexView(SafeExportMixin, generic.IndexView):
    """Lists mails to members, newest first, with what became of them."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Mails to members")
    default_ordering = "-pk"
    filterset_class = MailFilterSet
    list_export = ["notice", "license.reference", "state", "created_at", "sent_at", "attempts", "error"]

    def get_base_queryset(self) -> QuerySet[OutboxMessage]:
        """Return every mail with its license. One query, whatever the number of rows."""
        return OutboxMessage.objects.select_related("license", "user", "invitation", "transfer")

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns."""
        return [
            TitleColumn(
                "notice",
                label=gettext("Occasion"),
                accessor="get_notice_display",
                get_url=lambda mail: license_url(mail.license) if mail.license else None,
                sort_key="notice",
            ),
            Column("user", label=gettext("Member"), accessor=reader_of),
            Column("license", label=gettext("License")),
            StatusTagColumn(
                "state",
                label=gettext("State"),
                accessor="get_state_display",
                primary=lambda mail: mail.state == MessageState.SENT,
                sort_key="state",
            ),
            Column(
                "created_at",
                label=gettext("Written down"),
                accessor=lambda mail: day_words(mail.created_at),
                sort_key="created_at",
            ),
            Column("error", label=gettext("Last error"), accessor=lambda mail: mail.error or "–"),
        ]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Return the way to send again what was given up, where there is any."""
        buttons: list[Button] = list(super().header_more_buttons)
        if OutboxMessage.objects.filter(state=MessageState.FAILED).exists():
            label = gettext("Send failed mails again")
            buttons.append(Button(label, url=reverse(f"{MAILS}:again"), icon_name="rotate"))
        return buttons


class SendAgainView(ConfirmView):
    """Asks before mails that were given up are sent again, and does it."""

    permission_required = VIEW_MAILS
    page_title = gettext_lazy("Send failed mails again")
    header_icon = "mail"
    button = gettext_lazy("Send again")
    back = f"{MAILS}:index"

    def question(self) -> str:
        """Say how many mails it is about."""
        count = OutboxMessage.objects.filter(state=MessageState.FAILED).count()
        return ngettext(
            "%(count)d mail was given up. It will wait to be sent again.",
            "%(count)d mails were given up. They will wait to be sent again.",
            count,
        ) % {"count": count}

    def do(self) -> tuple[bool, str]:
        """Let them wait again; the next sweep sends them."""
        failed = OutboxMessage.objects.filter(state=MessageState.FAILED)
        count = sum(send_again(message_id=pk, at=now()) for pk in failed.values_list("pk", flat=True))
        return True, ngettext(
            "%(count)d mail waits to be sent.", "%(count)d mails wait to be sent.", count
        ) % {"count": count}


class MailViewSet(KeptRowsViewSet):
    """The outbox in the admin: a list, and nothing to edit."""

    model = OutboxMessage
    name = MAILS
    url_prefix = "licensing/mails"
    icon = "mail"
    menu_label = gettext_lazy("Mails")
    menu_order = 400
    index_view_class = MailIndexView
    export_filename = "mails"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = mail_policy

    def get_urlpatterns(self) -> list[Any]:
        """Return the list, and the way to send again."""
        return [*super().get_urlpatterns(), path("again/", SendAgainView.as_view(), name="again")]
