"""Can what is sold reach who bought it?"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from ..conf import PREFIX, conf

#: Settings that are a length of time, with the days of an example and the id of the check.
_LENGTHS = (
    ("CLAIM_LINK_LIFETIME", 30, "wagtail_licensing.E051"),
    ("CLAIM_RETENTION", 90, "wagtail_licensing.E055"),
    ("APPROVAL_LIFETIME", 14, "wagtail_licensing.E053"),
)


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
    problems += [
        Error(
            f"{PREFIX}{name} is no length of time.",
            hint=f"Give a timedelta, such as timedelta(days={days}).",
            id=check_id,
        )
        for name, days, check_id in _LENGTHS
        if not _lasts(name.lower())
    ]
    if type(conf.pause_in_portal) is not bool:
        problems.append(
            Error(
                f"{PREFIX}PAUSE_IN_PORTAL is neither True nor False.",
                hint="True if the configuration of Stripe's customer portal lets customers pause.",
                id="wagtail_licensing.E056",
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


def check_limits(**kwargs: Any) -> list[CheckMessage]:
    """Find limits that are no numbers."""
    wrong = [
        name
        for name in ("SOURCE_LIMIT", "TRUSTED_PROXIES")
        if type(found := getattr(conf, name.lower())) is not int or found < 0
    ]
    return [
        Error(
            f"{PREFIX}{name} is no number.",
            hint="Give a whole number from 0 on.",
            id="wagtail_licensing.E054",
        )
        for name in wrong
    ]


#: Caches that keep nothing, or that no other process of the site sees.
_NOT_SHARED = ("dummy.DummyCache", "locmem.LocMemCache")


def check_counting_cache(**kwargs: Any) -> list[CheckMessage]:
    """Find limits that are not counted by all processes together."""
    backend = str(settings.CACHES.get("default", {}).get("BACKEND", ""))
    if not conf.source_limit or not backend.endswith(_NOT_SHARED):
        return []
    return [
        Warning(
            f"{PREFIX}SOURCE_LIMIT is counted in {backend}, which is not shared.",
            hint="Let CACHES name a cache that all processes share, such as Redis, or set the limit "
            "to 0.",
            id="wagtail_licensing.W050",
        )
    ]


CHECKS = (check_selling_settings, check_limits)

#: Asked by ``check --deploy``: a site that is being built is visited by one person.
DEPLOY_CHECKS = (check_counting_cache,)
