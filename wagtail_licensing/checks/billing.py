"""Checks of what billing needs: keys that fit each other, and a database that queues writers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from ..billing.client import api_base
from ..billing.mirror import stale_because
from ..conf import conf, now

_KEY_PREFIXES = ("sk_test_", "rk_test_", "sk_live_", "rk_live_")


def check_webhook_secrets(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether events can be told from forgeries."""
    if not conf.stripe_secret_key:
        return []
    secrets = conf.stripe_webhook_secrets
    if not secrets:
        return [
            Error(
                "No event of Stripe's is accepted: there is no webhook secret.",
                hint='Set WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS to the secret, "whsec_...".',
                id="wagtail_licensing.E020",
            )
        ]
    if not all(secret.startswith("whsec_") for secret in secrets):
        return [
            Warning(
                "A webhook secret does not look like one of Stripe's.",
                hint='The secret of a webhook endpoint starts with "whsec_".',
                id="wagtail_licensing.W022",
            )
        ]
    return []


def check_secret_key(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether the key is one that a server uses, and fits where it is used."""
    key = conf.stripe_secret_key
    if not key:
        return []
    if not key.startswith(_KEY_PREFIXES):
        return [
            Error(
                "The Stripe key is no secret or restricted key.",
                hint='WAGTAIL_LICENSING_STRIPE_SECRET_KEY starts with "sk_" or "rk_".',
                id="wagtail_licensing.E021",
            )
        ]
    if settings.DEBUG and conf.stripe_livemode:
        return [
            Warning(
                "DEBUG is on and the Stripe key is live: money moves.",
                hint="Use a test key on machines where DEBUG is on.",
                id="wagtail_licensing.W020",
            )
        ]
    return []


def check_api_base(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether another address of the API is one that may be used."""
    if not conf.stripe_secret_key:
        return []
    try:
        api_base()
    except ImproperlyConfigured as error:
        return [
            Error(
                f"{error}.",
                hint="Only a simulator on this machine, with a test key, has another address.",
                id="wagtail_licensing.E022",
            )
        ]
    return []


def check_sqlite_transactions(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether SQLite lets a writer wait for another, in place of failing at once."""
    database = settings.DATABASES.get("default", {})
    if not conf.stripe_secret_key or "sqlite" not in database.get("ENGINE", ""):
        return []
    if str(database.get("OPTIONS", {}).get("transaction_mode", "")).upper() == "IMMEDIATE":
        return []
    return [
        Warning(
            "SQLite opens transactions that cannot wait for each other.",
            hint='Set OPTIONS["transaction_mode"] of the database to "IMMEDIATE".',
            id="wagtail_licensing.W021",
        )
    ]


def check_payload_retention(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether the time for which bodies of events are kept is one."""
    kept: Any = conf.event_payload_retention
    if isinstance(kept, timedelta) and kept >= timedelta(0):
        return []
    return [
        Error(
            "WAGTAIL_LICENSING_EVENT_PAYLOAD_RETENTION is no time.",
            hint="Give a timedelta of zero or more.",
            id="wagtail_licensing.E023",
        )
    ]


def check_mirror(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether what we know of Stripe may be out of date."""
    try:
        stale = stale_because(at=now())
    except Exception:  # noqa: BLE001 - checks run before the first migration and in image builds too
        return []
    if not stale:
        return []
    return [
        Warning(
            f"What is known of Stripe may be out of date ({', '.join(stale)}).",
            hint="Run manage.py licensing_doctor.",
            id="wagtail_licensing.W023",
        )
    ]


CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (
    check_webhook_secrets,
    check_secret_key,
    check_api_base,
    check_sqlite_transactions,
    check_payload_retention,
    check_mirror,
)
