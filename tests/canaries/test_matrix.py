"""Nobody finds a canary by any channel who may not, and everybody who may finds it."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.conftest import CANARY
from wagtail_licensing.access import freshness

from .axes import KINDS, PERSONAS, Row, rows
from .cast import Persona, cast
from .channels import Visit, text_of
from .control import switched_off
from .covering import covering_rows
from .modes import MODES
from .world import FILES, NAME, World, build

#: Every row of a deep run, and those of a short one with who goes through them.
ROWS = dict.fromkeys(rows(), PERSONAS)
SHORT = covering_rows()

#: Rows that leak, and why. Each has to leak: one that no longer does fails.
KNOWN: dict[str, str] = {}


def parameters(kind: str, chosen: dict[Row, tuple[str, ...]]) -> list:
    """Return a parameter for each of the rows of a gate of ``kind``, with who goes through it.

    Marked where a leak is known, and where a row cannot be asked here."""
    found = []
    for row, people in chosen.items():
        if row.kind != kind:
            continue
        marks = []
        if row.id in KNOWN:
            marks.append(pytest.mark.xfail(strict=True, reason=KNOWN[row.id]))
        if row.channel.skip:
            marks.append(pytest.mark.skip(reason=row.channel.skip))
        found.append(pytest.param(row, people, id=row.id, marks=marks))
    return found


def around():
    """Return the settings of the site of the matrix."""
    locale = "django.middleware.locale.LocaleMiddleware"
    return override_settings(
        ROOT_URLCONF="tests.canaries.urls",
        MIDDLEWARE=[*settings.MIDDLEWARE, locale],
        WAGTAIL_I18N_ENABLED=True,
        LANGUAGES=[("en", "English"), ("fr", "French"), ("de", "German")],
        WAGTAIL_CONTENT_LANGUAGES=[("en", "English"), ("fr", "French"), ("de", "German")],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )


@dataclass
class Stage:
    """One kind of gate with its world and everybody, for all of its rows."""

    kind: str
    now: dt.datetime
    world: World
    personas: dict[str, Persona]
    #: What was told of something that is not there, by the way of asking, the mode and the persona.
    missing: dict[Any, str] = field(default_factory=dict)
    #: Whether a channel tells anything when the plugin is switched off.
    leaks: dict[str, bool] = field(default_factory=dict)

    def visit(self, name: str) -> Visit:
        """Return the visit of somebody."""
        return Visit(self.world, self.personas[name], self.personas["licensed"])


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """Give the files of the matrix a folder of their own."""
    with override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("canaries"))):
        yield


@pytest.fixture(scope="class")
def stage(request, media, django_db_setup, django_db_blocker):
    """Build the world of one kind of gate once for all its rows, and take it back."""
    logging.disable(logging.ERROR)
    kind = request.cls.kind
    with django_db_blocker.unblock(), around(), transaction.atomic():
        cache.clear()
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        personas, product = cast(now)
        users = [one.user for one in personas.values() if one.user.pk]
        yield Stage(kind, now, build(kind, KINDS[kind], product, users, now), personas)
        transaction.set_rollback(True)
    freshness.forget()
    cache.clear()
    logging.disable(logging.NOTSET)


@pytest.fixture
def db(stage):
    """Undo what a test leaves in the database of its site; in place of the fixture of that name, which
    would close the connection that holds the site."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    freshness.forget()


def told(visit: Visit, ask: Callable[[Visit], list[Any]]) -> str:
    """Return all that a channel told."""
    return "\n".join(map(text_of, ask(visit)))


def name_of(row: Row) -> str:
    """Return the word by which one would know that something is there."""
    return FILES[row.channel.thing] if row.channel.reaches == "file" else NAME


def finds(row: Row, text: str) -> bool:
    """Tell whether an answer tells what the channel could."""
    return (CANARY if row.channel.tells == "content" else name_of(row)) in text


def is_empty(row: Row, stage: Stage) -> bool:
    """Tell whether nothing is found either when the plugin is switched off: the mode counts for
    nothing then, so that each channel is asked once."""
    name = row.channel.name
    if name not in stage.leaks:
        with switched_off(row.channel.reaches):
            stage.leaks[name] = finds(row, told(stage.visit(row.channel.control), row.channel.ask))
    return not stage.leaks[name]


def told_of_nothing(row: Row, stage: Stage, name: str) -> str:
    """Return what is told of something that is not there."""
    key = (row.channel.missing, row.mode, name)
    if key not in stage.missing:
        assert row.channel.missing is not None
        stage.missing[key] = told(stage.visit(name), row.channel.missing)
    return stage.missing[key]


def wrong_answers(row: Row, people: tuple[str, ...], stage: Stage) -> list[str]:
    """Return who finds what they may not, and who does not find what they may."""
    MODES[row.mode].put_up(stage.now)
    wrong = []
    for name in people:
        text = told(stage.visit(name), row.channel.ask)
        if not row.denies(name):
            if row.shows(name) and not finds(row, text):
                wrong.append(f"{name} does not find it:\n{text[:2000]}")
            continue
        if CANARY in text:
            wrong.append(f"{name} finds the content:\n{text[:4000]}")
        if MODES[row.mode].hides:
            if name_of(row) in text:
                wrong.append(f"{name} finds the name:\n{text[:2000]}")
            if row.channel.missing and text != told_of_nothing(row, stage, name):
                wrong.append(f"{name} can tell it from what is not there")
    if is_empty(row, stage):
        wrong.append("the row is empty: without the gate nothing is found either")
    return wrong


def matrix_of(kind: str) -> type:
    """Return the tests of one kind of gate, which share a world."""

    @pytest.mark.usefixtures("db")
    class Matrix:
        @pytest.mark.parametrize(("row", "people"), parameters(kind, SHORT))
        def test_a_canary_is_found_by_who_may_read_and_by_nobody_else(self, row, people, stage):
            wrong = wrong_answers(row, people, stage)
            assert not wrong, "\n".join([row.id, *wrong])

        @pytest.mark.deep
        @pytest.mark.parametrize(("row", "people"), parameters(kind, ROWS))
        def test_everybody_goes_through_every_row(self, row, people, stage):
            wrong = wrong_answers(row, people, stage)
            assert not wrong, "\n".join([row.id, *wrong])

    Matrix.kind = kind
    Matrix.__name__ = Matrix.__qualname__ = f"TestGateOf{kind.title().replace('_', '')}"
    return Matrix


for _kind in KINDS:
    globals()[f"TestGateOf{_kind.title().replace('_', '')}"] = matrix_of(_kind)
