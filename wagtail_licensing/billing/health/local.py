"""What our own tables say about billing. No request to Stripe, so that a page can show it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from ...conf import conf
from ...models import BillingItem, BillingSubscription, StripeEvent, SyncTarget
from .. import cursors
from ..account import state_of
from ..mirror import SILENCE, TOO_LONG, oldest_waiting, stale_because
from ..projection import ENDED_STATUSES
from .findings import Finding, Level

#: Events whose delay is looked at, the newest ones.
EVENTS = 100
#: A webhook that takes longer than this is slow; Stripe sends within seconds.
SLOW = timedelta(minutes=5)
#: With living subscriptions, a week without any event means that none arrives.
QUIET = timedelta(days=7)
#: Details that a finding names.
NAMED = 20

#: How old the last run of each net may be: three times its interval.
_NETS = {
    cursors.EVENTS: timedelta(minutes=30),
    cursors.UNSETTLED: timedelta(hours=3),
    cursors.EVERYTHING: timedelta(days=3),
}


@dataclass(frozen=True, slots=True)
class DeadTarget:
    """An object that was given up: what it is, why, and the key of its row."""

    pk: int
    kind: str
    object_id: str
    error: str


def local_findings(*, at: datetime) -> list[Finding]:
    """Return what our tables say, the same things in the same order each time. About ten queries."""
    if not conf.stripe_secret_key:
        return [Finding(Level.WARNING, gettext("Key"), gettext("There is no key: billing is off."))]
    return [
        _key(),
        _secrets(),
        _line(at),
        _safe_mode(at),
        _webhook(at),
        _waiting(at),
        _dead(),
        _nets(at),
        _prices(),
    ]


def dead_targets(*, limit: int = NAMED) -> list[DeadTarget]:
    """Return objects that were given up, the newest first. One query."""
    rows = _targets().filter(is_dead=True).order_by("-pk")[:limit]
    return [DeadTarget(row.pk, row.kind, row.object_id, row.error) for row in rows]


def _targets() -> QuerySet[SyncTarget]:
    return SyncTarget.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)


def _key() -> Finding:
    restricted = conf.stripe_secret_key.startswith("rk_")
    kind = gettext("a restricted key") if restricted else gettext("a secret key")
    mode = gettext("live mode") if conf.stripe_livemode else gettext("test mode")
    text = gettext("Account “%(account)s”: %(kind)s of %(mode)s.") % {
        "account": conf.stripe_account,
        "kind": kind,
        "mode": mode,
    }
    return Finding(Level.OK, gettext("Key"), text)


def _secrets() -> Finding:
    about, count = gettext("Webhook secrets"), len(conf.stripe_webhook_secrets)
    if not count:
        return Finding(Level.PROBLEM, about, gettext("There is none, so no event is accepted."))
    text = ngettext("One secret.", "%(count)d secrets: one is being rotated.", count) % {"count": count}
    return Finding(Level.OK, about, text)


def _line(at: datetime) -> Finding:
    about, line = gettext("Line to Stripe"), state_of()
    if line is not None and line.refused_at is not None:
        text = gettext("Stripe refuses the key since %(since)s; everything waits.")
        return Finding(
            Level.PROBLEM, about, text % {"since": _when(line.refused_at)}, (line.refused_error,)
        )
    if line is None or line.answered_at is None:
        return Finding(Level.WARNING, about, gettext("Stripe has not been asked yet."))
    text = gettext("Stripe last answered on %(when)s.") % {"when": _when(line.answered_at)}
    silent = line.answered_at < at - SILENCE
    return Finding(Level.WARNING if silent else Level.OK, about, text)


def _safe_mode(at: datetime) -> Finding:
    about = gettext("Safe mode")
    if not stale_because(at=at):
        return Finding(Level.OK, about, gettext("Off: what we know of Stripe is fresh."))
    text = gettext("On: licenses that renew keep their label until Stripe has been asked.")
    return Finding(Level.WARNING, about, text)


def _webhook(at: datetime) -> Finding:
    about = gettext("Webhook")
    events = StripeEvent.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)
    newest = list(events.order_by("-pk").values_list("created", "received_at")[:EVENTS])
    if not newest:
        return Finding(Level.WARNING, about, gettext("No event has arrived yet."))
    delays = sorted(received - created for created, received in newest)
    median, last = delays[len(delays) // 2], newest[0][1]
    text = gettext("The last event arrived on %(when)s; half of them within %(seconds)d seconds.") % {
        "when": _when(last),
        "seconds": max(0, median.total_seconds()),
    }
    quiet = last < at - QUIET and _living().exists()
    return Finding(Level.WARNING if quiet or median > SLOW else Level.OK, about, text)


def _waiting(at: datetime) -> Finding:
    about, oldest = gettext("Waiting"), oldest_waiting()
    if oldest is None:
        return Finding(Level.OK, about, gettext("No object waits to be read."))
    count = _targets().filter(requested__gt=F("applied"), is_dead=False).count()
    text = ngettext(
        "One object waits to be read, since %(since)s.",
        "%(count)d objects wait to be read, the oldest since %(since)s.",
        count,
    ) % {"count": count, "since": _when(oldest)}
    return Finding(Level.PROBLEM if oldest < at - TOO_LONG else Level.OK, about, text)


def _dead() -> Finding:
    about, count = gettext("Given up"), _targets().filter(is_dead=True).count()
    if not count:
        return Finding(Level.OK, about, gettext("No object was given up."))
    text = ngettext(
        "One object failed eight times and was given up.",
        "%(count)d objects failed eight times and were given up.",
        count,
    ) % {"count": count}
    lines = tuple(f"{dead.kind} {dead.object_id}: {dead.error}" for dead in dead_targets())
    return Finding(Level.PROBLEM, about, text, lines)


def _nets(at: datetime) -> Finding:
    about, names = (
        gettext("Comparison"),
        {
            cursors.EVENTS: gettext("events"),
            cursors.UNSETTLED: gettext("unsettled objects"),
            cursors.EVERYTHING: gettext("all subscriptions"),
        },
    )
    lines, late = [], False
    for name, longest in _NETS.items():
        cursor = cursors.known(name)
        finished = cursor.finished_at if cursor is not None else None
        late |= finished is None or finished < at - longest
        lines.append(f"{names[name]}: {_when(finished) if finished else gettext('never')}")
    text = (
        gettext("Not run as often as it should: is beat or cron running?")
        if late
        else gettext("On time.")
    )
    return Finding(Level.WARNING if late else Level.OK, about, text, tuple(lines))


def _prices() -> Finding:
    about = gettext("Prices")
    unmapped = (
        BillingItem.objects.filter(subscription__in=_living(), price__isnull=True, is_removed=False)
        .values("stripe_price_id")
        .annotate(items=Count("pk"))
        .order_by("-items", "stripe_price_id")
    )
    rows = list(unmapped[: NAMED + 1])
    if not rows:
        return Finding(Level.OK, about, gettext("Every price that members pay belongs to a product."))
    lines = [f"{row['stripe_price_id']}: {row['items']}" for row in rows[:NAMED]]
    text = gettext("Members pay prices that no product has; they get nothing new for them.")
    return Finding(Level.PROBLEM, about, text, (*lines, *(["…"] if len(rows) > NAMED else [])))


def _living() -> QuerySet[BillingSubscription]:
    return BillingSubscription.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_gone=False
    ).exclude(status__in=ENDED_STATUSES)


def _when(instant: datetime) -> str:
    return date_format(localtime(instant), "DATETIME_FORMAT")
