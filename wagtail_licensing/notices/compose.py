"""Make the mail itself: text and HTML from the same words, headers that mail programs understand."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext

from ..conf import conf
from ..domain.money import Money
from ..domain.money_text import locale_named, money_text
from ..domain.notices import APPLICATIONS, LINKS, REMINDERS, Notice, compose
from ..domain.zones import zone_name
from ..models import OutboxMessage
from .offers import OFFERS, about_of, link_of, offer_of
from .people import Reader, absolute_url, reader_of, token_for
from .texts import Words, words_for

#: The longest subject; mail programs cut what is longer.
LONGEST_SUBJECT = 150

#: The longest name of a team or a sender.
LONGEST_NAME = 80

_LOOKS_LIKE_A_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S*|\b[\w-]+(?:\.[\w-]+)+/\S*")


def make_mail(message: OutboxMessage) -> EmailMultiAlternatives:
    """Return the mail of ``message`` to its holder, in the holder's language and time zone.

    Two queries, with the license, its product and its holder loaded: one for the words, one for the
    language that the person chose.
    """
    reader, notice = reader_of(message), Notice(message.notice)
    with translation.override(reader.language), timezone.override(reader.time_zone):
        unsubscribe_url = absolute_url("no_reminders", token_for(message.user)) if message.user else ""
        words = words_for(notice, reader.language)
        if notice is Notice.RECEIPT and message.user is None:
            words = words._replace(button="")  # a guest has no account to look into
        return mail_of(
            words,
            values=values_of(message, reader, _account_url(message, notice)),
            language=reader.language,
            address=reader.address,
            headers=_headers(message, notice, unsubscribe_url),
            unsubscribe_url=unsubscribe_url if notice in REMINDERS else "",
            button_url=_button_url(message, notice),
            is_link=message.user is None and notice is not Notice.RECEIPT,
        )


def _account_url(message: OutboxMessage, notice: Notice) -> str:
    """Return where the reader sees and changes what a mail is about: in the account, or, for the owner
    of the organization that holds the license, on the page of the team."""
    team = message.license.organization if message.license is not None else None
    owner = team is not None and team.owner_id == message.user_id
    if team is None or not owner or notice in OFFERS or notice is Notice.SEAT_GIVEN:
        return absolute_url("account")
    return absolute_url("organization", team.slug)


def _button_url(message: OutboxMessage, notice: Notice) -> str:
    """Return where the button leads: to the link that works once, or (empty) to the account."""
    if notice in LINKS:
        return absolute_url("claim", _claim_of(message).link_token)
    if notice in OFFERS:
        return link_of(message)
    if notice is Notice.RECEIPT:
        of_team = message.license is not None and message.license.organization is not None
        return "" if of_team else absolute_url("account_payments")
    if notice in APPLICATIONS:
        return absolute_url("application", message.license.reference if message.license else "")
    return absolute_url("account_gifts") if notice is Notice.GIFT_CLAIMED else ""


def mail_of(
    words: Words,
    *,
    values: Mapping[str, str],
    language: str,
    address: str,
    headers: Mapping[str, str] | None = None,
    unsubscribe_url: str = "",
    button_url: str = "",
    is_link: bool = False,
) -> EmailMultiAlternatives:
    """Return the mail that says ``words`` with ``values`` filled in, in the active language.

    ``unsubscribe_url`` makes it a reminder, ``button_url`` lets the button lead elsewhere than to the
    account, ``is_link`` to what is used once. Fills in, as they are, the account and the site too.
    """
    context = {
        **compose(*words, values),
        "account_url": values["account"],
        "button_url": button_url or values["account"],
        "site_name": values["site"],
        "language": language,
        "is_link": is_link,
        "is_rtl": translation.get_language_bidi(),
        "is_reminder": bool(unsubscribe_url),
        "unsubscribe_url": unsubscribe_url,
    }
    mail = EmailMultiAlternatives(
        subject=context["subject"][:LONGEST_SUBJECT],
        body=render_to_string("wagtail_licensing/mail/message.txt", context),
        from_email=conf.mail_from,
        to=[address],
        headers=dict(headers or {}),
    )
    mail.attach_alternative(
        render_to_string("wagtail_licensing/mail/message.html", context), "text/html"
    )
    return mail


def site_name() -> str:
    """Return the name of the site that writes."""
    return str(getattr(settings, "WAGTAIL_SITE_NAME", "") or conf.site_url)


def values_of(message: OutboxMessage, reader: Reader, account_url: str) -> dict[str, str]:
    """Return what is put in place of the placeholders, in the active language and time zone."""
    license = message.license
    claim = getattr(license, "claim", None)
    giver = claim.giver if claim else None
    end = _end_of(message)
    about = about_of(message)
    return {
        "name": _one_line(reader.name),
        "product": _one_line(about["product"]),
        "site": _one_line(site_name()),
        "end": _instant(end) if end else gettext("no date"),
        "reference": license.reference if license is not None else "",
        "account": account_url,
        "giver": _one_line(giver.get_full_name() or giver.get_username()) if giver else "",
        "message": claim.message if claim else "",
        "reason": getattr(getattr(license, "application", None), "reason", ""),
        "recipient": _one_line(claim.recipient_name or claim.email) if claim else "",
        "team": _harmless(about["team"]),
        "sender": _harmless(about["sender"]),
        **_paid(message),
    }


def _paid(message: OutboxMessage) -> dict[str, str]:
    """Return what a receipt says: how much, when, and under which number it is found."""
    number = message.license.reference if message.license is not None else ""
    if message.invoice is not None:
        money = Money(message.invoice.total, message.invoice.currency or "XXX")
        number = message.invoice.number or number
    elif message.payment is not None:
        money = Money(message.payment.amount, message.payment.currency or "XXX")
    else:
        return {"amount": "", "paid": "", "number": ""}
    language = translation.get_language() or "en"
    locale = locale_named(translation.to_locale(language), language.split("-")[0])
    return {
        "amount": money_text(money, locale),
        "paid": _instant(message.created_at),
        "number": number,
    }


def _end_of(message: OutboxMessage) -> datetime | None:
    """Return the end that a mail names: of the license, of access, of a choice, or of an offer."""
    license, offer = message.license, offer_of(message)
    if offer is not None or license is None:
        return offer.expires_at if offer is not None else None
    ends = {
        Notice.PAYMENT_FAILED: license.access_until,
        Notice.ACCESS_ENDING: license.access_until,
        Notice.SEATS_OVER: license.seats_due_at,
    }
    return ends.get(Notice(message.notice), license.ends_at)


def _claim_of(message: OutboxMessage) -> Any:
    return getattr(message.license, "claim")  # noqa: B009 - the other side of a one-to-one


def _harmless(text: str) -> str:
    """Return what a member calls themselves or their team, on one line, without anything to click on.

    It goes to people who do not know them, in our name.
    """
    return _one_line(_LOOKS_LIKE_A_LINK.sub("…", text))[:LONGEST_NAME]


def _instant(end: Any) -> str:
    local = timezone.localtime(end)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {zone_name(local)}".strip()


def _one_line(text: Any) -> str:
    """Return a name on one line: what people call themselves must not begin a paragraph."""
    return " ".join(str(text).split())


def _headers(message: OutboxMessage, notice: Notice, unsubscribe_url: str) -> dict[str, str]:
    """Return what tells programs that a machine wrote this, and how to have no more reminders.

    RFC 3834 (Auto-Submitted), RFC 8058 (one-click). The Message-ID is the same at every try, so that
    a mail that went out twice can be told to be one.
    """
    domain = conf.mail_from.rpartition("@")[2].rstrip("> ") or "localhost"
    headers = {
        "Message-ID": f"<{message.message_id}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if notice in REMINDERS:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
