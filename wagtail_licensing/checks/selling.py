"""Can what is sold reach who bought it?"""

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from ..conf import PREFIX, conf


def check_selling_settings(**kwargs: Any) -> list[CheckMessage]:
    """Find settings of buying that are not understood, or do not fit each other."""
    problems: list[CheckMessage] = []
    try:
        maker = import_string(conf.make_account) if conf.make_account else None
    except ImportError:
        maker = ""
    if maker is not None and not callable(maker):
        problems.append(
            Error(
                f"{PREFIX}MAKE_ACCOUNT names no function.",
                hint="Give the dotted path of a function that takes an address and a password.",
                id="wagtail_licensing.E050",
            )
        )
    if not _lasts("claim_link_lifetime"):
        problems.append(
            Error(
                f"{PREFIX}CLAIM_LINK_LIFETIME is no length of time.",
                hint="Give a timedelta, such as timedelta(days=30).",
                id="wagtail_licensing.E051",
            )
        )
    if not _lasts("approval_lifetime"):
        problems.append(
            Error(
                f"{PREFIX}APPROVAL_LIFETIME is no length of time.",
                hint="Give a timedelta, such as timedelta(days=14).",
                id="wagtail_licensing.E053",
            )
        )
    if conf.guest_checkout and not conf.mail:
        problems.append(
            Error(
                "Guests may buy, and nothing is sent to them.",
                hint=f"Without mails nobody gets the link to what they paid: set {PREFIX}MAIL = True "
                f"or {PREFIX}GUEST_CHECKOUT = False.",
                id="wagtail_licensing.E052",
            )
        )
    return problems


def _lasts(name: str) -> bool:
    try:
        return bool(getattr(conf, name) > timedelta(0))
    except TypeError:
        return False


CHECKS = (check_selling_settings,)
