"""Notice that a gate was consulted while something was put together.

Whoever may keep an answer, or a part of one, for others has to know whether it depends on the
person who asked. A decision is made deep inside of views and templates, where no request is known;
so it is noted for whoever watches, around it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AnonymousUser

from ..domain.access import AccessDecision, AccessReason

_FLEETING = frozenset({AccessReason.EDITOR, AccessReason.KEPT, AccessReason.METERED, AccessReason.ERROR})


class Watch:
    """What somebody who watches has seen so far: ``consulted`` tells whether a gate was asked,
    ``fleeting`` whether an answer hung on more than what the person holds."""

    __slots__ = ("_around", "consulted", "fleeting")

    def __init__(self, around: "Watch | None" = None) -> None:
        self.consulted = False
        self.fleeting = False
        self._around = around

    def note(self, *, fleeting: bool = False) -> None:
        """Note that a gate was consulted, here and for everybody who watches around."""
        watch: Watch | None = self
        while watch is not None:
            watch.consulted = True
            watch.fleeting = watch.fleeting or fleeting
            watch = watch._around


_watch: ContextVar[Watch | None] = ContextVar("wagtail_licensing_watch", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch whether a gate is consulted inside, also in code that is awaited or run in a thread."""
    watch = Watch(_watch.get())
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def start_watching() -> Watch:
    """Watch from now on, in place of whoever watches, until somebody else starts."""
    watch = Watch()
    _watch.set(watch)
    return watch


def note_consulted(*, fleeting: bool = False) -> None:
    """Note that a gate was consulted. Nothing happens where nobody watches.

    ``fleeting`` says that the answer hung on more than what the person holds: on the right to edit,
    on what was kept or read on a meter, on an error. It may not be kept even for that person.
    """
    if (watch := _watch.get()) is not None:
        watch.note(fleeting=fleeting)


def is_fleeting(decision: AccessDecision) -> bool:
    """Tell whether ``decision`` hangs on more than the gates and what the person holds."""
    return decision.reason in _FLEETING


def is_nobody(user: Any) -> bool:
    """Tell whether ``user`` was put there to mean "no person", whoever asks.

    The user of a request is lazy, a stranger's too. What is closed to nobody is so for all requests.
    """
    return type(user) in (AnonymousUser, type(None))
