"""The site's own words of mails: drafts, history, a preview, and a test to oneself."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import UpdatedAtColumn
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import SnippetViewSet

from ..models import MailText
from ..notices.sample import send_sample
from .links import ADMIN, MAIL_TEXTS
from .one_question import ConfirmView
from .permissions import CHANGE_MAIL_TEXTS


class MailTextViewSet(SnippetViewSet):
    """Words in place of those that come with the package; only what is published is sent."""

    model = MailText
    icon = "mail"
    menu_label = gettext_lazy("Mail texts")
    menu_order = 500
    # In the menu of this package, not in the one for snippets.
    menu_item_is_registered = True
    list_display = ["__str__", "subject", UpdatedAtColumn()]
    list_filter = ["notice", "language"]
    panels = [
        FieldPanel("notice"),
        FieldPanel("language"),
        FieldPanel("subject"),
        FieldPanel("body"),
        FieldPanel("button"),
    ]


def mail_text_buttons(snippet: Any, user: Any, next_url: str | None = None) -> list[Button]:
    """Return the way to send oneself a mail as a member would get it."""
    if not isinstance(snippet, MailText) or not user.has_perm(CHANGE_MAIL_TEXTS):
        return []
    url = reverse(f"{ADMIN}:try_mail", args=[snippet.pk])
    return [Button(gettext("Send me a test"), url=url, icon_name="mail")]


class TryMailView(ConfirmView):
    """Sends a text, drafts included, to the person who asks, with sample names filled in."""

    permission_required = CHANGE_MAIL_TEXTS
    page_title = gettext_lazy("Send me a test")
    header_icon = "mail"
    button = gettext_lazy("Send")
    back = f"{MAIL_TEXTS}:list"

    @cached_property
    def text(self) -> MailText:
        """Return the text with its latest draft."""
        text: MailText = get_object_or_404(
            MailText, pk=self.kwargs["pk"]
        ).get_latest_revision_as_object()
        return text

    @property
    def address(self) -> str:
        """Return the address of the person who asks."""
        return str(getattr(self.request.user, "email", "") or "")

    def question(self) -> str:
        """Say where the test goes."""
        if not self.address:
            return gettext("Your account has no e-mail address, so no test can be sent.")
        return gettext("“%(text)s” will be sent to %(address)s, with sample names.") % {
            "text": self.text,
            "address": self.address,
        }

    def do(self) -> tuple[bool, str]:
        """Send it."""
        if not self.address:
            return False, gettext("Your account has no e-mail address.")
        if send_sample(text=self.text, address=self.address):
            return True, gettext("A test was sent to your e-mail address.")
        return False, gettext("The test was not sent: the mail server does not answer.")
