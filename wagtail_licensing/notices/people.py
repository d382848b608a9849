"""How to write to a person: the address, the language, the time zone, and the way out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string

from ..conf import conf
from ..models import MailPreference, OutboxMessage

#: What the token of a link out of reminders is signed for.
_SALT = "wagtail_licensing.no_reminders"


def language_of(user: Any) -> str:
    """Return the code of the language in which to write to ``user``, one that the site speaks.

    ``WAGTAIL_LICENSING_MEMBER_LANGUAGE`` decides, else what the person chose in the Wagtail admin,
    else the language of the site.
    """
    asked = import_string(conf.member_language)(user) if conf.member_language else None
    profile = getattr(user, "wagtail_userprofile", None)
    for code in (asked, getattr(profile, "preferred_language", None)):
        try:
            return translation.get_supported_language_variant(str(code or ""))
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def time_zone_of(user: Any) -> ZoneInfo:
    """Return the time zone that ``user`` chose in the Wagtail admin, else that of the site."""
    profile = getattr(user, "wagtail_userprofile", None)
    name = getattr(profile, "current_time_zone", "")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):  # none, or one that is not known here
        return ZoneInfo(settings.TIME_ZONE)


def address_of(user: Any) -> str:
    """Return the address to write to; empty for a person without one, or whose account is closed."""
    return str(user.email or "").strip() if user.is_active else ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail goes to, and in what language and time zone it is written."""

    name: str
    address: str
    language: str
    time_zone: ZoneInfo


def reader_of(message: OutboxMessage) -> Reader:
    """Return who reads a mail: its member, or the address that it offers something to.

    No query with the user, the license and its claim loaded, but for the language of a member.
    """
    user = message.user
    if user is not None:
        name = user.get_full_name() or user.get_username()
        return Reader(name, address_of(user), language_of(user), time_zone_of(user))
    offer = message.invitation or message.transfer
    if offer is not None:
        sender = offer.created_by
        language = language_of(sender) if sender is not None else str(settings.LANGUAGE_CODE)
        return Reader(offer.email, offer.email, language, time_zone_of(sender))
    claim = getattr(message.license, "claim")  # noqa: B009 - a mail to nobody else is about a claim
    name = claim.recipient_name or claim.email
    return Reader(name, claim.email, _spoken_here(claim.language), ZoneInfo(settings.TIME_ZONE))


def _spoken_here(code: str) -> str:
    try:
        return translation.get_supported_language_variant(code)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def wants_reminders(user: Any) -> bool:
    """Tell whether ``user`` wants to be reminded. One query."""
    return not MailPreference.objects.filter(user=user, reminders=False).exists()


def set_reminders(*, user_id: int, wanted: bool, at: datetime) -> None:
    """Note whether a person wants to be reminded; the same again changes nothing."""
    MailPreference.objects.update_or_create(
        user_id=user_id, defaults={"reminders": wanted, "changed_at": at}
    )


def token_for(user: Any) -> str:
    """Return the token of a link with which ``user`` gets no more reminders, without signing in."""
    return signing.dumps(user.pk, salt=_SALT)


def user_id_in(token: str) -> int | None:
    """Return whose token it is, or None. It does not end: a mail may be read years later."""
    try:
        found = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None


def absolute_url(name: str, *arguments: Any) -> str:
    """Return the whole address of a page of ours, for a mail: below ``WAGTAIL_LICENSING_SITE_URL``."""
    return urljoin(f"{conf.site_url}/", reverse(f"wagtail_licensing:{name}", args=arguments).lstrip("/"))
