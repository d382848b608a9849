"""A database as it was at an older migration: its people and pages, and dumps of our own rows."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.upgrades.story import GROUP, PAGES, USERS, write

LABEL = "wagtail_licensing"
DUMPS = Path(__file__).resolve().parent / "dumps"

Json = dict[str, Any]


def models_at(name: str) -> Callable[[str], Any]:
    """Migrate to ``name``; return the models of then. ``permission:<codename>`` is that row."""
    call_command("migrate", LABEL, name, verbosity=0)
    apps = MigrationExecutor(connection).loader.project_state((LABEL, name)).apps

    def model(wanted: str) -> Any:
        if not wanted.startswith("permission:"):
            return apps.get_model(LABEL, wanted)
        kind = {"use_product": "licenseproduct", "open_gate": "gate"}[codename := wanted[11:]]
        types = apps.get_model("contenttypes", "ContentType").objects
        type_, _ = types.get_or_create(app_label=LABEL, model=kind)
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=type_, codename=codename, defaults={"name": codename}
        )
        return permission

    model.apps = apps  # type: ignore[attr-defined]
    return model


def make_people_and_pages(apps: Any) -> None:
    """Make the rows that are not ours: they belong to Django and Wagtail, of any version."""
    user, group = apps.get_model("auth", "User"), apps.get_model("auth", "Group")
    for name, pk in USERS.items():
        user.objects.create(pk=pk, username=name, email=f"{name}@example.org")
    group.objects.create(pk=GROUP, name="Friends").user_set.add(USERS["staff-group"])
    page = apps.get_model("wagtailcore", "Page")
    home = page.objects.get(depth=2)
    for number, (name, pk) in enumerate(PAGES.items(), start=1):
        page.objects.create(
            pk=pk,
            path=f"{home.path}{number:04}",
            depth=3,
            title=name,
            draft_title=name,
            slug=name,
            url_path=f"{home.url_path}{name}/",
            content_type_id=home.content_type_id,
            locale_id=home.locale_id,
            live=True,
        )
    page.objects.filter(pk=home.pk).update(numchild=len(PAGES))


def dump(name: str) -> Json:
    """Return all rows of our tables at the migration ``name``, written by the models of then."""
    model = models_at(name)
    with transaction.atomic():
        make_people_and_pages(model.apps)  # type: ignore[attr-defined]
        write(model)
        rows = {}
        for each in model.apps.get_app_config(LABEL).get_models():  # type: ignore[attr-defined]
            found = list(each.objects.order_by("pk").values())
            if found:
                rows[each.__name__] = [_without_names(row) for row in found]
        transaction.set_rollback(True)
    return {"migration": name, "rows": rows}


def _without_names(row: Json) -> Json:
    """Permissions have other numbers in each database: they are found by what they refer to."""
    row = {key: value for key, value in row.items() if key != "permission_id"}
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()
    }


def load(kept: Json) -> None:
    """Bring an empty database to the migration of a dump, and its rows into it."""
    model = models_at(kept["migration"])
    make_people_and_pages(model.apps)  # type: ignore[attr-defined]
    with connection.constraint_checks_disabled():
        for name, rows in kept["rows"].items():
            fields = {field.attname: field for field in model(name)._meta.concrete_fields}
            for row in rows:
                values = {key: _value(fields[key], value) for key, value in row.items()}
                if "permission_id" in fields:
                    of_gate = name.startswith("Gate")
                    codename = "open_gate" if of_gate else "use_product"
                    values["permission_id"] = model(f"permission:{codename}").pk
                model(name)(**values).save_base(raw=True, force_insert=True)
    connection.check_constraints()


def _value(field: Any, value: Any) -> Any:
    is_instant = field.get_internal_type() == "DateTimeField" and value is not None
    return dt.datetime.fromisoformat(value) if is_instant else value


def read(name: str) -> Json:
    """Return a dump that is kept here."""
    kept: Json = json.loads((DUMPS / f"{name}.json").read_text(encoding="utf-8"))
    return kept
