"""Mails to members: what waits to be sent, what they say, and who does without reminders."""

import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from ..domain.notices import Notice, compose, placeholders_in
from .billing import BillingPayment
from .invitations import Invitation, Transfer
from .invoices import BillingInvoice
from .licenses import License


class NoticeKind(models.TextChoices):
    """The occasions of :class:`wagtail_licensing.domain.notices.Notice`, in words."""

    WELCOME = Notice.WELCOME.value, _("Welcome: a license has begun")
    RECEIPT = Notice.RECEIPT.value, _("Receipt: something was paid")
    RENEWAL_REMINDER = Notice.RENEWAL_REMINDER.value, _("Reminder: a license renews soon")
    ENDING_REMINDER = Notice.ENDING_REMINDER.value, _("Reminder: a license ends soon")
    TRIAL_ENDING = Notice.TRIAL_ENDING.value, _("Reminder: a trial ends soon")
    PAYMENT_FAILED = Notice.PAYMENT_FAILED.value, _("A payment failed, access kept for now")
    ACCESS_ENDING = Notice.ACCESS_ENDING.value, _("Unpaid: access ends within two days")
    ACCESS_LOST = Notice.ACCESS_LOST.value, _("Unpaid: access has ended")
    RESTORED = Notice.RESTORED.value, _("Paid again: access is back")
    CANCELLED = Notice.CANCELLED.value, _("A license was cancelled and runs out")
    ENDED = Notice.ENDED.value, _("A license has ended")
    SEATS_OVER = Notice.SEATS_OVER.value, _("More people than seats: choose who stays")
    CLAIM = Notice.CLAIM.value, _("Bought without an account: the link to it")
    GIFT = Notice.GIFT.value, _("A gift: the link to it")
    GIFT_CLAIMED = Notice.GIFT_CLAIMED.value, _("To the giver: a gift was claimed")
    REGISTRATION = Notice.REGISTRATION.value, _("Free registration: confirm your address")
    APPLIED = Notice.APPLIED.value, _("An application was received")
    APPROVED = Notice.APPROVED.value, _("An application was approved")
    REFUSED = Notice.REFUSED.value, _("An application was refused")
    INVITATION = Notice.INVITATION.value, _("Invitation to a team or a seat")
    SEAT_GIVEN = Notice.SEAT_GIVEN.value, _("A seat was given to a person in the team")
    TRANSFER_ASKED = Notice.TRANSFER_ASKED.value, _("Transfer: staff asks who holds it")
    TRANSFER_OFFERED = Notice.TRANSFER_OFFERED.value, _("Transfer: offered to whoever is to have it")
    TRANSFER_DONE = Notice.TRANSFER_DONE.value, _("Transfer: it is done, to who had it before")


#: What may stand in a text, with what a preview shows in its place.
SAMPLE_VALUES = {
    "name": "Ada Lovelace",
    "product": "Pro",
    "site": "Example",
    "end": "24 December 2026, 18:00 UTC",
    "reference": "WL-7F3K-Q2XM",
    "account": "https://example.org/licensing/account/",
    "giver": "Grace Hopper",
    "message": "Happy birthday! I hope that you like it.",
    "recipient": "Ada Lovelace",
    "reason": "All places are taken this year.",
    "team": "Analytical Engines",
    "sender": "Charles Babbage",
    "amount": "€120.00",
    "number": "7F3KQ2XM-0001",
    "paid": "24 November 2026, 18:00 UTC",
}

LONG_VALUES = {
    **SAMPLE_VALUES,
    "name": "Wolfeschlegelsteinhausenbergerdorff “Wolfe” O'Brien & Söhne <مريم>",
    "product": "Professional Membership With Unlimited Downloads, Courses and Priority Support",
    "team": "The Worshipful Company of Makers of Engines & Sons <limited> of Upper “Weston”",
}


class MessageState(models.TextChoices):
    """What became of a mail."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not needed any more")
    FAILED = "failed", _("Failed")


def make_message_id() -> str:
    """Return the local part of a mail's Message-ID: unguessable, the same at every try."""
    return secrets.token_hex(16)


class OutboxMessage(models.Model):
    """A mail that waits or was sent. ``key`` is unique: the same occasion is written down once.

    ``user`` is None for somebody who may have no account: the link to claim ``license`` goes to the
    address of its claim, what is offered to that of ``invitation`` or ``transfer``. A receipt is of a
    ``payment`` or an ``invoice``, paid at ``created_at``. The address, the
    language and the words are looked up at the moment of sending. ``token`` is the fencing token of
    the lease: only who took it last may say what became of the mail.
    """

    key = models.CharField(max_length=255, unique=True)
    notice = models.CharField(_("occasion"), max_length=40, choices=NoticeKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="licensing_messages",
        verbose_name=_("member"),
    )
    license = models.ForeignKey(
        License,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("license"),
    )
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    transfer = models.ForeignKey(
        Transfer, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    payment = models.ForeignKey(
        BillingPayment, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    invoice = models.ForeignKey(
        BillingInvoice, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    state = models.CharField(
        _("state"), max_length=20, choices=MessageState, default=MessageState.WAITING
    )
    message_id = models.CharField(max_length=64, default=make_message_id, editable=False)
    created_at = models.DateTimeField(_("written down"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_try = models.DateTimeField(_("next try"))
    token = models.PositiveBigIntegerField(default=0, editable=False)
    error = models.CharField(_("last error"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="wl_message_state_known", condition=Q(state__in=MessageState.values)
            ),
            models.CheckConstraint(
                name="wl_message_is_about_something",
                condition=Q(license__isnull=False)
                | Q(invitation__isnull=False)
                | Q(transfer__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_message_sent_has_date",
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="wl_message_waiting", fields=["next_try"], condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.key


class MailPreference(models.Model):
    """What a person wants to be written about. No row: everything."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="licensing_mail_preference"
    )
    reminders = models.BooleanField(_("reminders"), default=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("mail preference")
        verbose_name_plural = _("mail preferences")

    def __str__(self) -> str:
        return str(self.user_id)


class MailText(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """The words of a mail in one language, in place of those that come with the package.

    ``body`` is plain text: an empty line begins a paragraph. Names in double braces are filled in;
    nothing else is understood, so that no text can reach into the site.
    """

    notice = models.CharField(_("occasion"), max_length=40, choices=NoticeKind)
    language = models.CharField(
        _("language"),
        max_length=20,
        blank=True,
        default="",
        help_text=_("Such as “de”. Empty: for every language that has no text of its own."),
    )
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(
        _("text"),
        help_text=_(
            "An empty line begins a paragraph. You may use: {{ name }}, {{ product }}, {{ site }}, "
            "{{ end }}, {{ reference }}, {{ account }}, {{ giver }}, {{ recipient }}, {{ message }}, "
            "{{ reason }}, {{ team }}, {{ sender }}, {{ amount }}, {{ number }}, {{ paid }}."
        ),
    )
    button = models.CharField(
        _("button"),
        max_length=60,
        blank=True,
        help_text=_("Words of the button that leads to the member's account. Empty: no button."),
    )

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering = ["notice", "language"]
        constraints = [
            models.UniqueConstraint(
                name="wl_mail_text_once",
                fields=["notice", "language"],
                violation_error_message=_("There is a text for this occasion and language already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_notice_display()} ({self.language or '*'})"

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Return the ways to look at the mail."""
        return [
            ("", _("As a mail program shows it")),
            ("long", _("With long names")),
            ("text", _("Plain text")),
        ]

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        """Return the template that the mail itself is made with."""
        return f"wagtail_licensing/mail/message.{'txt' if mode_name == 'text' else 'html'}"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """Return the words with sample values filled in."""
        values = LONG_VALUES if mode_name == "long" else SAMPLE_VALUES
        return {
            **super().get_preview_context(request, mode_name),
            **compose(self.subject, self.body, self.button, values),
            "account_url": values["account"],
            "button_url": values["account"],
            "site_name": values["site"],
            "language": self.language or "en",
            "is_reminder": False,
        }

    def clean(self) -> None:
        """Refuse placeholders that nothing is put in the place of, and languages that are none."""
        super().clean()
        errors: dict[str, str] = {}
        for name in ("subject", "body", "button"):
            unknown = placeholders_in(getattr(self, name)) - set(SAMPLE_VALUES)
            if unknown:
                text = gettext("Nothing is known by the name of %(names)s.")
                errors[name] = text % {"names": ", ".join(sorted(unknown))}
        if "\n" in self.subject or "\r" in self.subject:
            errors["subject"] = gettext("A subject is one line.")
        if self.language and not _is_language(self.language):
            errors["language"] = gettext("This is no code of a language.")
        if errors:
            raise ValidationError(errors)


def _is_language(code: str) -> bool:
    try:
        get_language_info(code)
    except KeyError:
        return False
    return True
