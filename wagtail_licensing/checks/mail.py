"""Can members be written to?"""

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from ..conf import PREFIX, conf

#: A reminder is known by its mail: forgotten sooner, it could be written a second time.
SHORTEST_RETENTION = timedelta(days=30)


def check_mail_settings(**kwargs: Any) -> list[CheckMessage]:
    """Find settings of mails that are not understood."""
    problems: list[CheckMessage] = []
    try:
        days = conf.reminder_days
    except (TypeError, ValueError):
        days = [-1]
    if any(day < 0 or day > 999 for day in days):
        problems.append(
            Error(
                f"{PREFIX}REMINDER_DAYS is no list of days.",
                hint="Give whole numbers from 0 to 999, such as [14, 3].",
                id="wagtail_licensing.E040",
            )
        )
    try:
        chooser = import_string(conf.member_language) if conf.member_language else None
    except ImportError:
        chooser = ""
    if chooser is not None and not callable(chooser):
        problems.append(
            Error(
                f"{PREFIX}MEMBER_LANGUAGE names no function.",
                hint="Give the dotted path of a function that takes a user and returns a language code.",
                id="wagtail_licensing.E041",
            )
        )
    kept: Any = conf.mail_retention
    if not isinstance(kept, timedelta) or kept < SHORTEST_RETENTION:
        problems.append(
            Error(
                f"{PREFIX}MAIL_RETENTION is no time, or too short.",
                hint=f"Give a timedelta of {SHORTEST_RETENTION.days} days or more.",
                id="wagtail_licensing.E042",
            )
        )
    return problems


def check_mail_addresses(**kwargs: Any) -> list[CheckMessage]:
    """Find mails that would come from nobody, or whose links would lead nowhere."""
    if not conf.mail:
        return []
    problems: list[CheckMessage] = []
    if conf.mail_from == "webmaster@localhost":
        problems.append(
            Warning(
                "Mails to members come from webmaster@localhost.",
                hint=f"Set {PREFIX}MAIL_FROM or DEFAULT_FROM_EMAIL, or {PREFIX}MAIL = False.",
                id="wagtail_licensing.W040",
            )
        )
    if not conf.site_url.startswith(("http://", "https://")):
        problems.append(
            Warning(
                "Links in mails to members have no address to lead to.",
                hint=f"Set {PREFIX}SITE_URL or WAGTAILADMIN_BASE_URL to the address of the site.",
                id="wagtail_licensing.W041",
            )
        )
    return problems


CHECKS = (check_mail_settings,)

#: Asked by ``check --deploy``: a site that is being built writes to nobody yet.
DEPLOY_CHECKS = (check_mail_addresses,)
