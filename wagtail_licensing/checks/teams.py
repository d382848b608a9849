"""Can people be invited, and do we know which addresses are theirs?"""

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from ..conf import PREFIX, conf

LONGEST = timedelta(days=366)


def check_team_settings(**kwargs: Any) -> list[CheckMessage]:
    """Find settings of teams that are not understood."""
    problems: list[CheckMessage] = []
    try:
        lifetime = conf.invitation_lifetime
    except TypeError:
        lifetime = timedelta(0)
    if not timedelta(minutes=5) <= lifetime <= LONGEST:
        problems.append(
            Error(
                f"{PREFIX}INVITATION_LIFETIME is no time in which people can answer.",
                hint="Give a timedelta, or seconds: from 5 minutes to 366 days.",
                id="wagtail_licensing.E070",
            )
        )
    try:
        finder = import_string(conf.verified_addresses) if conf.verified_addresses else None
    except ImportError:
        finder = ""
    if finder is not None and not callable(finder):
        problems.append(
            Error(
                f"{PREFIX}VERIFIED_ADDRESSES names no function.",
                hint="Give the dotted path of a function that takes a user and returns addresses.",
                id="wagtail_licensing.E071",
            )
        )
    return problems


CHECKS = (check_team_settings,)
