"""Lines of a timeline in words: what happened, who or what caused it, and where to look further."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy
from wagtail.log_actions import registry

from ..domain.money import Money
from ..models import License, LicenseEvent, StripeEvent, SyncTarget
from ..models.inbox import EventStatus
from ..models.notices import MessageState
from ..reports.amounts import format_money
from ..reports.timeline import Line, LineKind
from .history import HistoryWords, StripeId, TimelineEntry
from .links import license_url
from .mails import reader_of
from .stripe_links import dashboard_url
from .words import CAUSE_WORDS, instant_words

KIND_WORDS = {
    LineKind.LICENSE: gettext_lazy("License"),
    LineKind.SEAT: gettext_lazy("Seats"),
    LineKind.MAIL: gettext_lazy("Mails"),
    LineKind.DOWNLOAD: gettext_lazy("Downloads and free pages"),
    LineKind.LEARNING: gettext_lazy("Lessons and quizzes"),
    LineKind.MONEY: gettext_lazy("Payments and invoices"),
    LineKind.STRIPE: gettext_lazy("Events of Stripe"),
    LineKind.EXPORT: gettext_lazy("Copies handed out"),
}

_MAIL_WORDS = {
    MessageState.SENT: gettext_lazy("Mail sent: %(what)s"),
    MessageState.WAITING: gettext_lazy("Mail waits to be sent: %(what)s"),
    MessageState.FAILED: gettext_lazy("Mail given up: %(what)s"),
    MessageState.DROPPED: gettext_lazy("Mail not needed any more: %(what)s"),
}

_STATUS_WORDS = {
    EventStatus.NEW: gettext_lazy("Not acted on yet."),
    EventStatus.DONE: gettext_lazy("Acted on."),
    EventStatus.IGNORED: gettext_lazy("Nothing to do for it."),
    EventStatus.DEAD: gettext_lazy("Given up."),
}


@dataclass(frozen=True, slots=True)
class TimelineWords:
    """What lines speak of by id, read for a whole page at once.

    ``names_licenses``: each line says of which license it is. ``modes`` are the modes of events by
    their id, ``dead`` the keys of objects that were given up, by kind and id.
    """

    history: HistoryWords
    names_licenses: bool = False
    modes: dict[str, bool] = field(default_factory=dict)
    dead: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def read(
        cls, lines: Iterable[Line], *, names_licenses: bool = False, may_replay: bool = False
    ) -> "TimelineWords":
        """Return the words for ``lines``. Four queries at most, whatever their number."""
        rows = [line.row for line in lines]
        events = [row for row in rows if isinstance(row, LicenseEvent)]
        received = [row for row in rows if isinstance(row, StripeEvent)]
        return cls(
            HistoryWords.read(events),
            names_licenses,
            _modes({event.stripe_event_id for event in events} - {""}),
            _dead(received) if may_replay else {},
        )

    def entry(self, line: Line) -> TimelineEntry:
        """Return one line in words."""
        row, name = line.row, line.source.name
        more = {"kind": str(KIND_WORDS[line.source.kind]), **self._license(row)}
        if isinstance(row, LicenseEvent):
            return self.history.entry(row, livemode=self.modes.get(row.stripe_event_id), **more)
        if isinstance(row, StripeEvent):
            more["replay"] = self.dead.get((row.object_kind, row.object_id))
        return TimelineEntry(at=line.at, **TELLERS[name](row), **more)

    def _license(self, row: Any) -> dict[str, Any]:
        license: License | None = getattr(row, "license", None) if self.names_licenses else None
        return {} if license is None else {"license": license, "license_url": license_url(license)}


def _modes(event_ids: set[str]) -> dict[str, bool]:
    if not event_ids:
        return {}
    rows = StripeEvent.objects.filter(event_id__in=event_ids)
    return dict(rows.values_list("event_id", "livemode"))


def _dead(events: list[StripeEvent]) -> dict[tuple[str, str], int]:
    """Return what Billing health would read again, of that which ``events`` are about."""
    pairs = {(event.object_kind, event.object_id) for event in events if event.object_id}
    if not pairs:
        return {}
    about = Q(pk__in=[])
    for kind in {kind for kind, _object_id in pairs}:
        about |= Q(kind=kind, object_id__in=[known for named, known in pairs if named == kind])
    dead = SyncTarget.objects.filter(about, is_dead=True)
    return {(kind, key): pk for kind, key, pk in dead.values_list("kind", "object_id", "pk")}


def money_words(amount: int, currency: str) -> str:
    """Return an amount in minor units in words, a bare number where the currency is not known."""
    try:
        return format_money(Money(amount, currency))
    except ValueError:
        return str(amount)


def _person(row: Any) -> str:
    return str(row.user.get_username()) if row.user is not None else ""


def _ids(livemode: bool, *ids: str) -> tuple[StripeId, ...]:
    found = dict.fromkeys(each for each in ids if each)
    return tuple(StripeId(each, dashboard_url(each, livemode=livemode)) for each in found)


def _mail(row: Any) -> dict[str, Any]:
    what = _MAIL_WORDS[MessageState(row.state)] % {"what": row.get_notice_display()}
    notes = [gettext("To %(reader)s") % {"reader": reader} for reader in [reader_of(row)] if reader]
    if row.state == MessageState.WAITING:
        notes.append(gettext("Next try: %(when)s") % {"when": instant_words(row.next_try)})
    if row.error:
        notes.append(gettext("Last error: %(error)s") % {"error": row.error})
    return {"what": what, "notes": tuple(notes)}


def _download(row: Any) -> dict[str, Any]:
    what = gettext("Download begun: %(title)s") % {"title": row.title}
    return {"what": what, "actor": _person(row), "cause": _member(), "notes": (row.file,)}


def _metered(row: Any) -> dict[str, Any]:
    what = gettext("Free page of the month read: %(title)s") % {"title": row.page.title}
    return {"what": what, "actor": _person(row), "cause": _member()}


def _lesson(words: Any) -> Callable[[Any], dict[str, Any]]:
    def tell(row: Any) -> dict[str, Any]:
        what = words % {"title": row.lesson.title}
        return {"what": what, "actor": _person(row), "cause": _member()}

    return tell


def _quiz(row: Any) -> dict[str, Any]:
    words = gettext("Quiz passed: %(title)s") if row.passed else gettext("Quiz not passed: %(title)s")
    note = gettext("Attempt %(number)d: %(right)d of %(total)d right") % {
        "number": row.number,
        "right": row.right,
        "total": row.total,
    }
    what = words % {"title": row.quiz.lesson.title}
    return {"what": what, "actor": _person(row), "cause": _member(), "notes": (note,)}


def _certificate(row: Any) -> dict[str, Any]:
    what = gettext("Certificate issued: %(title)s") % {"title": row.course_title}
    notes = [row.number]
    if row.revoked_at is not None:
        words = gettext("Revoked on %(when)s: %(reason)s")
        notes.append(words % {"when": instant_words(row.revoked_at), "reason": row.revoke_reason})
    return {"what": what, "actor": _person(row), "notes": tuple(notes)}


def _payment(row: Any) -> dict[str, Any]:
    amount = money_words(row.amount, row.currency)
    what = gettext("Payment of %(amount)s: %(status)s") % {"amount": amount, "status": row.status}
    notes = []
    if row.amount_refunded:
        given_back = money_words(row.amount_refunded, row.currency)
        notes.append(gettext("Refunded: %(amount)s") % {"amount": given_back})
    if row.dispute_statuses:
        statuses = ", ".join(str(each) for each in row.dispute_statuses)
        notes.append(gettext("Disputed: %(statuses)s") % {"statuses": statuses})
    stripe = _ids(row.livemode, row.stripe_id, row.stripe_invoice_id)
    return {"what": what, "cause": _stripe(), "stripe": stripe, "notes": tuple(notes)}


def _invoice(row: Any) -> dict[str, Any]:
    amount = money_words(row.total, row.currency)
    words = gettext("Invoice %(number)s of %(amount)s: %(status)s")
    what = words % {"number": row.number or "–", "amount": amount, "status": row.status}
    notes = [gettext("For %(plan)s") % {"plan": row.plan}] if row.plan else []
    if row.remaining:
        rest = money_words(row.remaining, row.currency)
        notes.append(gettext("Still to pay: %(amount)s") % {"amount": rest})
    stripe = _ids(row.livemode, row.stripe_id)
    return {"what": what, "cause": _stripe(), "stripe": stripe, "notes": tuple(notes)}


def _revenue(row: Any) -> dict[str, Any]:
    what = gettext("Revenue a month: %(before)s, now %(after)s (%(kind)s)") % {
        "before": money_words(row.before, row.currency),
        "after": money_words(row.after, row.currency),
        "kind": row.get_kind_display(),
    }
    stripe = _ids(row.livemode, row.subscription.stripe_id, row.stripe_event_id)
    return {"what": what, "cause": _stripe(), "stripe": stripe}


def _event(row: StripeEvent) -> dict[str, Any]:
    note = str(_STATUS_WORDS[EventStatus(row.status)])
    arrived = gettext("Arrived: %(when)s") % {"when": instant_words(row.received_at)}
    stripe = _ids(row.livemode, row.event_id, row.object_id)
    return {"what": row.type, "cause": _stripe(), "stripe": stripe, "notes": (arrived, note)}


def _export(row: Any) -> dict[str, Any]:
    formatter = registry.get_formatter(row)
    what = str(formatter.format_message(row)) if formatter else row.action
    reason = str(formatter.format_comment(row)) if formatter else ""
    return {"what": what, "cause": str(CAUSE_WORDS["staff"]), "actor": _person(row), "reason": reason}


def _member() -> str:
    return str(CAUSE_WORDS["member"])


def _stripe() -> str:
    return str(CAUSE_WORDS["stripe"])


#: The name of a table -> how a row of it is told: the fields of an entry.
TELLERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "mail": _mail,
    "download": _download,
    "metered": _metered,
    "lesson_opened": _lesson(gettext_lazy("Lesson opened: %(title)s")),
    "lesson_done": _lesson(gettext_lazy("Lesson done: %(title)s")),
    "quiz": _quiz,
    "certificate": _certificate,
    "payment": _payment,
    "invoice": _invoice,
    "revenue": _revenue,
    "stripe": _event,
    "export": _export,
}
