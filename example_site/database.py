"""Checks, migrations, data, and the clock and the webhook that site and simulator share."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from . import clock, seed, stripe_link
from .processes import ProcessError

#: What to tick in Stripe's dashboard for a site like this one.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "refund.failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "customer.deleted",
)


def prepare(say: Callable[[str], None], *, base_url: str, webhook_url: str) -> None:
    """Set Django up, migrate and seed where needed. Raises ProcessError with what a person can do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")
    import django

    django.setup()
    check(say)
    migrate(say)
    if not seed.is_done():
        say("Seeding:")
        seed.run(lambda line: say(f"  {line}"))
    from . import simulator_client

    clock.set_offset(simulator_client.clock_offset())
    name_the_site(webhook_url)
    register_webhook(webhook_url, base_url)


def name_the_site(address: str) -> None:
    """Let full addresses (sitemap, API) be those of this start, whatever port it got."""
    from wagtail.models import Site

    parts = urlsplit(address)
    site = Site.objects.get(is_default_site=True)
    if (site.hostname, site.port) != (parts.hostname, parts.port):
        site.hostname, site.port = parts.hostname, parts.port
        site.save()


def check(say: Callable[[str], None]) -> None:
    """Run the system checks, and stop at the first error."""
    from io import StringIO

    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    heard = StringIO()
    try:
        call_command("check", stdout=heard, stderr=heard)
    except SystemCheckError as error:
        raise ProcessError(str(error)) from error
    say("Checks: " + (heard.getvalue().strip().splitlines() or ["done"])[-1])


def migrate(say: Callable[[str], None]) -> None:
    """Bring the database up to date; costs next to nothing when it is."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Creating the database (SQLite)")
        call_command("migrate", verbosity=0, interactive=False)
    else:
        say("The database is up to date")


def register_webhook(url: str, base_url: str) -> None:
    """Have Stripe deliver to ``url`` alone, and know every secret that still signs."""
    from .simulator_client import control, part, stripe

    for endpoint in control("GET", "webhook_endpoints")["data"]:
        if endpoint["url"] != url:
            stripe("DELETE", f"/v1/webhook_endpoints/{part(endpoint['id'])}")
    secret = control("POST", "webhook_endpoints", {"url": url, "events": list(EVENTS)})["secret"]
    stripe_link.remember(base_url=base_url, webhook_secrets=[])
    stripe_link.add_secret(secret)
