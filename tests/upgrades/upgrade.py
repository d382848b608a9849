"""Upgrade a dump to the newest migration, dying twice in each on the way; tell who may open what.

python -m tests.upgrades.upgrade 0001_initial      on the empty database of the settings
"""

import json
import os
import signal
import sys
from typing import Any

import django


def migrate_and_die(survived: set[tuple[str, str]]) -> str:
    """Migrate in a fork that dies in the first of our migrations that has not died twice yet.

    Return which, or nothing when it came through.
    """
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.migration import Migration

    reader, writer = os.pipe()
    connections.close_all()
    if os.fork() == 0:
        os.close(reader)
        try:
            _arm(Migration, survived, writer)
            call_command("migrate", verbosity=0)
        except BaseException as error:  # noqa: BLE001 - the parent is told
            os.write(writer, f"failed {error!r}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        answer = told.read()
    os.wait()
    if answer.startswith("failed"):
        raise RuntimeError(answer)
    return answer


def _arm(migration: Any, survived: set[tuple[str, str]], writer: int) -> None:
    real_apply = migration.apply

    def apply(self: Any, state: Any, editor: Any, collect_sql: bool = False) -> Any:
        is_ours = self.app_label == "wagtail_licensing"
        for when, place in (("first", 0), ("last", -1)) if is_ours else ():
            if (self.name, when) not in survived:
                _make_deadly(self.operations[place], f"{self.name} {when}", writer)
                break
        return real_apply(self, state, editor, collect_sql)

    migration.apply = apply


def _make_deadly(operation: Any, name: str, writer: int) -> None:
    real = operation.database_forwards

    def forwards(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        os.write(writer, name.encode())
        os.kill(os.getpid(), signal.SIGKILL)

    operation.database_forwards = forwards


def who_opens_what() -> dict[str, list[str]]:
    from django.contrib.auth import get_user_model
    from wagtail.models import Page

    from tests.upgrades.story import AT, PAGES, USERS
    from wagtail_licensing.access import check_access

    pages = {name: Page.objects.get(pk=pk) for name, pk in PAGES.items()}
    people = {name: get_user_model().objects.get(pk=pk) for name, pk in USERS.items()}
    return {
        who: [name for name, page in pages.items() if check_access(user, page, at=AT).allowed]
        for who, user in people.items()
    }


def main(name: str) -> None:
    from tests.upgrades import older

    older.load(older.read(name))
    deaths: list[str] = []
    while died := migrate_and_die({(each.split()[0], each.split()[1]) for each in deaths}):
        deaths.append(died)
    sys.stdout.write(json.dumps({"deaths": deaths, "opens": who_opens_what()}) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    main(sys.argv[1])
