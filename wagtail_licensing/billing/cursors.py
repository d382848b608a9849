"""How far each net and each import has come: stored, so that a run that was killed goes on.

One run of a name at a time: who shows no sign of life for two minutes is taken for dead.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from ..conf import conf
from ..models import SyncCursor

Json = dict[str, Any]

#: After this long without a step, a run is taken for dead and another one may go on.
SIGN_OF_LIFE = timedelta(minutes=2)

EVENTS = "events"
UNSETTLED = "unsettled"
EVERYTHING = "everything"
IMPORT = "import"


def cursor_of(name: str) -> SyncCursor:
    """Return the cursor of a net for the configured account, made now if there is none."""
    cursor, _ = SyncCursor.objects.get_or_create(
        account=conf.stripe_account, livemode=conf.stripe_livemode, name=name
    )
    return cursor


def known(name: str) -> SyncCursor | None:
    """Return the cursor of a net if there is one. One query."""
    return SyncCursor.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, name=name
    ).first()


def take_run(name: str, *, at: datetime) -> SyncCursor | None:
    """Begin a run, or go on with one that died; None while another one is alive. Up to four queries.

    The position is that of the dead run, or what the last finished one left.
    """
    cursor = cursor_of(name)
    free = Q(started_at__isnull=True) | Q(started_at__lt=at - SIGN_OF_LIFE)
    if not SyncCursor.objects.filter(free, pk=cursor.pk).update(started_at=at):
        return None
    cursor.refresh_from_db()
    return cursor


def is_unfinished(name: str, *, at: datetime) -> bool:
    """Tell whether a run died before its end. One query."""
    cursor = known(name)
    return cursor is not None and cursor.started_at is not None and cursor.started_at < at - SIGN_OF_LIFE


def move(cursor: SyncCursor, position: Json, *, at: datetime) -> None:
    """Note how far a run has come, which is a sign of life too. One query."""
    cursor.position = position
    SyncCursor.objects.filter(pk=cursor.pk).update(position=position, started_at=at)


def finish(cursor: SyncCursor, position: Json, *, at: datetime) -> None:
    """Note that a run came to its end. One query."""
    SyncCursor.objects.filter(pk=cursor.pk).update(position=position, started_at=None, finished_at=at)


def give_up(cursor: SyncCursor, *, at: datetime) -> None:
    """Note that a run stopped before its end and may be taken up again at once. One query."""
    SyncCursor.objects.filter(pk=cursor.pk).update(started_at=at - 2 * SIGN_OF_LIFE)
