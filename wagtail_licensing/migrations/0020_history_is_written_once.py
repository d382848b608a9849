"""The history of licenses is written once: PostgreSQL itself refuses to change or delete a line.

One way through stays, for erasing what names a person: a transaction that says so may change the
reason and the actor of a line, and nothing else. See models/append_only.py.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "wagtail_licensing_licenseevent"
REVENUE = "wagtail_licensing_revenuechange"

FUNCTION = f"""
CREATE OR REPLACE FUNCTION {TABLE}_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erased jsonb := '{{"reason": "", "actor_id": null}}';
BEGIN
    IF TG_OP = 'UPDATE'
        AND current_setting('wagtail_licensing.erasing', true) = 'on'
        AND to_jsonb(NEW) || erased = to_jsonb(OLD) || erased
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what is written once is never changed and never deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""

TRIGGER = """
CREATE TRIGGER {table}_once BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {function}_once()
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table in (TABLE, REVENUE):
        schema_editor.execute(TRIGGER.format(table=table, function=TABLE))


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in (TABLE, REVENUE):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_once ON {table}")
    schema_editor.execute(f"DROP FUNCTION IF EXISTS {TABLE}_once()")


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_licensing", "0019_revenue_and_daily_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="licenseevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(guard, unguard),
    ]
