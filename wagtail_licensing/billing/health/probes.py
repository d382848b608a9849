"""What Stripe says about our key, right by right, and how far the mirror has drifted. Only when asked.

A right to write cannot be tried without writing; that the resource can be read is the best sign.
"""

import time
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext, ngettext

from ..client import Gateway
from ..errors import Refused, StripeFailure
from ..reconcile import reconcile
from .findings import Finding, Level

#: What we ask for, and with what right: one harmless request for one row each.
RESOURCES = {
    "customers": "write",
    "checkout/sessions": "write",
    "billing_portal/configurations": "write",
    "subscriptions": "read",
    "invoices": "read",
    "charges": "read",
    "payment_intents": "read",
    "refunds": "read",
    "disputes": "read",
    "products": "read",
    "prices": "read",
    "events": "read",
}

#: Seconds by which our clock may differ; signatures are refused at 300.
SKEW = 60


def probe_findings() -> list[Finding]:
    """Return whether the key may do what we need, and how our clock goes. One request a resource.

    Changes nothing, and stops no account. Not inside a transaction.
    """
    try:
        gateway = Gateway()
    except ImproperlyConfigured as error:
        return [Finding(Level.PROBLEM, gettext("Rights"), str(error))]
    refused, failed = [], []
    for resource, right in RESOURCES.items():
        try:
            gateway.get(f"/v1/{resource}", limit=1)
        except Refused as failure:
            refused.append(f"{resource} ({right}): {failure}")
        except StripeFailure as failure:
            failed.append(f"{resource}: {failure}")
    return [_rights(refused, failed), _clock(gateway)]


def drift_findings(*, at: datetime, most: int | None = None) -> list[Finding]:
    """Return what a comparison that changes nothing finds. A request for each 100 subscriptions.

    ``most`` is the number of subscriptions after which it stops and says so. Not inside a
    transaction.
    """
    about = gettext("Drift")
    try:
        report = reconcile(at=at, dry_run=True, most=most)
    except (StripeFailure, ImproperlyConfigured) as failure:
        text = gettext("Stripe could not be asked: %(failure)s") % {"failure": failure}
        return [Finding(Level.PROBLEM, about, text)]
    differing = ngettext(
        "%(count)d subscription differs from Stripe.",
        "%(count)d subscriptions differ from Stripe.",
        report.differing,
    ) % {"count": report.differing}
    lines = [
        gettext("events that never arrived: %(count)d") % {"count": report.events_new},
        gettext("subscriptions compared: %(count)d") % {"count": report.subscriptions_seen},
        gettext("of other shops on the account: %(count)d") % {"count": report.foreign},
    ]
    if report.truncated:
        lines.append(gettext("The rest was left out; the command compares all."))
    drifted = bool(report.differing or report.events_new)
    return [Finding(Level.WARNING if drifted else Level.OK, about, differing, tuple(lines))]


def _rights(refused: list[str], failed: list[str]) -> Finding:
    about = gettext("Rights")
    if refused:
        text = gettext("The key is refused where it is needed.")
        return Finding(Level.PROBLEM, about, text, tuple(refused))
    if failed:
        return Finding(Level.WARNING, about, gettext("Stripe did not answer."), tuple(failed))
    text = gettext("Everything that is needed can be read: %(resources)s.")
    return Finding(Level.OK, about, text % {"resources": ", ".join(RESOURCES)})


def _clock(gateway: Gateway) -> Finding:
    about = gettext("Clock")
    try:
        theirs = parsedate_to_datetime(gateway.answered_at).timestamp()
    except (TypeError, ValueError):
        return Finding(Level.WARNING, about, gettext("Stripe did not tell the time."))
    skew = round(time.time() - theirs)
    if abs(skew) <= SKEW:
        return Finding(Level.OK, about, gettext("Within a minute of Stripe's."))
    text = gettext("It differs from Stripe's by %(seconds)d seconds; events are refused at 300.")
    level = Level.PROBLEM if abs(skew) >= 300 else Level.WARNING
    return Finding(level, about, text % {"seconds": skew})
