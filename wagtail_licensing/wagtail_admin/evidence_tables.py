"""The files of rows in a pack of evidence about one license."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language, gettext

from ..domain.money import exponent
from ..domain.notices import Notice, fill
from ..models import LessonProgress, License, LicenseSeat
from ..notices.texts import words_for
from ..reports.timeline import SOURCES, Scope
from .evidence_zip import Table
from .history import HistoryWords
from .mails import reader_of
from .words import CAUSE_WORDS, event_words

Cells = tuple[Any, ...]

_ROWS = {source.name: source.rows for source in SOURCES}


def tables_of(license: License, scope: Scope) -> list[Table]:
    """Return the files about ``license``. Nothing is read before they are written."""

    def each(tell: Callable[[Any], Cells]) -> Callable[[list[Any]], Iterable[Cells]]:
        return lambda rows: [tell(row) for row in rows]

    def table(
        name: str, about: str, columns: str, rows: QuerySet[Any], cells: Callable[[Any], Cells]
    ) -> Table:
        return Table(f"{name}.csv", about, tuple(columns.split()), rows, each(cells))

    history = "at event what cause actor reason stripe_event_id changes before after"
    return [
        Table(
            "history.csv",
            gettext("every change of the license, as it was written down at the time"),
            tuple(history.split()),
            license.events.select_related("actor"),
            _history,
        ),
        table(
            "seats",
            gettext("who had a seat, and when"),
            "person email state invited_at assigned_at suspended_at released_at",
            LicenseSeat.objects.filter(license=license).select_related("user"),
            _seat,
        ),
        table(
            "payments",
            gettext("payments that we know of, with what was refunded or disputed"),
            "at payment invoice amount refunded currency status disputes livemode",
            _ROWS["payment"](scope),
            _payment,
        ),
        table(
            "invoices",
            gettext("invoices of the customer at Stripe, for other licenses too"),
            "issued_at invoice number plan total still_to_pay currency status livemode",
            _ROWS["invoice"](scope),
            _invoice,
        ),
        table(
            "stripe_events",
            gettext("what Stripe told us about them, and when"),
            "created_at received_at event type about about_id outcome livemode",
            _ROWS["stripe"](scope),
            _event,
        ),
        table(
            "mails",
            gettext("mails about the license; the subject is that of the text as it stands today"),
            "written_at sent_at kind occasion subject_today state reader tries message_id",
            _ROWS["mail"](scope),
            _Mails(license).cells,
        ),
        table(
            "downloads",
            gettext("files that were begun to be downloaded with the license"),
            "at title file person opened_by",
            _ROWS["download"](scope),
            lambda row: (row.begun_at, row.title, row.file, _person(row), row.reason),
        ),
        table(
            "lessons",
            gettext("lessons that its people opened or finished since it began"),
            "person lesson opened_at completed_at",
            _lessons(scope),
            lambda row: (_person(row), row.lesson.title, row.opened_at, row.completed_at),
        ),
        table(
            "quizzes",
            gettext("quizzes that its people answered since it began; the answers are not in it"),
            "at person lesson attempt right questions passed",
            _ROWS["quiz"](scope),
            _quiz,
        ),
    ]


def _lessons(scope: Scope) -> QuerySet[LessonProgress]:
    since = Q(opened_at__gte=scope.since) | Q(completed_at__gte=scope.since)
    rows = LessonProgress.objects.filter(since, user__in=scope.people)
    return rows.select_related("user", "lesson")


def _person(row: Any) -> str:
    return str(row.user.get_username()) if row.user is not None else ""


def _amount(minor_units: int, currency: str) -> str:
    """Return an amount as a plain number, exact, in units of its currency."""
    places = exponent(currency)
    sign, digits = "-" if minor_units < 0 else "", str(abs(minor_units)).zfill(places + 1)
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _history(events: list[Any]) -> Iterable[Cells]:
    words = HistoryWords.read(events)
    for event in events:
        entry = words.entry(event)
        changes = "; ".join(
            f"{each.name}: {each.before} → {each.after}" if each.before else f"{each.name}: {each.after}"
            for each in entry.changes
        )
        yield (
            event.at,
            event.kind,
            event_words(event.kind),
            str(CAUSE_WORDS.get(event.cause, event.cause)),
            entry.actor,
            event.reason,
            event.stripe_event_id,
            changes,
            json.dumps(event.before, sort_keys=True),
            json.dumps(event.after, sort_keys=True),
        )


def _seat(row: LicenseSeat) -> Cells:
    email = row.invited_email or getattr(row.user, "email", "")
    dates = (row.invited_at, row.assigned_at, row.suspended_at, row.released_at)
    return (_person(row), email, row.state, *dates)


def _payment(row: Any) -> Cells:
    return (
        row.line_at,
        row.stripe_id,
        row.stripe_invoice_id,
        _amount(row.amount, row.currency),
        _amount(row.amount_refunded, row.currency),
        row.currency,
        row.status,
        ", ".join(str(each) for each in row.dispute_statuses),
        row.livemode,
    )


def _invoice(row: Any) -> Cells:
    total, rest = (_amount(each, row.currency) for each in (row.total, row.remaining))
    words = (row.stripe_id, row.number, row.plan)
    return (row.issued_at, *words, total, rest, row.currency, row.status, row.livemode)


def _event(row: Any) -> Cells:
    about = (row.object_kind, row.object_id)
    return (row.created, row.received_at, row.event_id, row.type, *about, row.status, row.livemode)


def _quiz(row: Any) -> Cells:
    result = (row.number, row.right, row.total, row.passed)
    return (row.at, _person(row), row.quiz.lesson.title, *result)


class _Mails:
    """Cells of mails; the words of each occasion are looked up once."""

    def __init__(self, license: License) -> None:
        self._values = {"product": license.product.name, "reference": license.reference}
        self._subjects: dict[str, str] = {}

    def cells(self, row: Any) -> Cells:
        """Return the cells of one mail."""
        return (
            row.created_at,
            row.sent_at,
            row.notice,
            row.get_notice_display(),
            self._subject(row.notice),
            row.state,
            reader_of(row),
            row.attempts,
            row.message_id,
        )

    def _subject(self, notice: str) -> str:
        if notice not in self._subjects:
            words = words_for(Notice(notice), get_language() or "en")
            self._subjects[notice] = fill(words.subject, self._values)
        return self._subjects[notice]
