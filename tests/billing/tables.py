"""What billing left in the tables, without what is different each time: keys, references, dice."""

from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model
from wagtail.models import ModelLogEntry

from wagtail_licensing.models import (
    BillingAccount,
    BillingItem,
    BillingPayment,
    BillingSubscription,
    License,
    LicenseEvent,
    LicenseHold,
    LicenseSeat,
    OutboxMessage,
    ProductPolicy,
    ProductUserPermission,
    StripeEvent,
    SyncTarget,
)

Row = dict[str, Any]

#: Columns that say nothing about what was done, or only when it was.
_ALWAYS_DIFFERENT = {"id", "reference", "created_at", "updated_at", "next_try"}


#: What becomes of a mail when somebody tries to send it.
_SENDING = {"state", "attempts", "token", "sent_at", "error"}


def final_tables() -> dict[str, list[Row]]:
    """Return every row that billing writes, with licenses named for whose they are and which."""
    names = _names_of_licenses()
    return {
        "licenses": _rows(License, names),
        "history": _history(names),
        "holds": _rows(LicenseHold, names),
        "seats": _rows(LicenseSeat, names),
        "grants": _rows(ProductUserPermission, names, without={"seat_id"}),
        "subscriptions": _rows(BillingSubscription, names),
        "items": _rows(BillingItem, names, without={"subscription_id"}),
        "payments": _rows(BillingPayment, names),
        "policies": _rows(ProductPolicy, names),
        "targets": [*_rows(SyncTarget, names, without={"token"}), *_waits()],
        "events": _rows(StripeEvent, names, without={"payload"}),
        "account": _rows(BillingAccount, names),
        # Where there is no broker, each commit sends a few: how many went out depends on how often.
        "mails": _rows(OutboxMessage, names, without=_SENDING | {"key", "message_id"}),
        "log": _log(),
    }


def _names_of_licenses() -> dict[int, str]:
    """Name licenses by their holder and the order in which that one got them."""
    names: dict[int, str] = {}
    so_far: dict[Any, int] = {}
    for license in License.objects.order_by("pk"):
        holder = (license.user_id, license.organization_id)
        so_far[holder] = so_far.get(holder, 0) + 1
        names[license.pk] = f"{holder} number {so_far[holder]}"
    return names


def _rows(model: type[Model], names: dict[int, str], *, without: set[str] = frozenset()) -> list[Row]:
    rows = []
    for row in model._default_manager.values():
        key = row["id"]
        kept = {name: value for name, value in row.items() if name not in _ALWAYS_DIFFERENT | without}
        if "license_id" in kept:
            kept["license_id"] = names.get(kept["license_id"])
        if model is License:
            kept["name"] = names[key]
        rows.append(kept)
    return sorted(rows, key=repr)


def _history(names: dict[int, str]) -> list[Row]:
    """The order of the lines counts within one license."""
    lines = []
    for license_id, name in sorted(names.items(), key=lambda each: each[1]):
        events = LicenseEvent.objects.filter(license=license_id).order_by("pk").values()
        lines += [{**_without_seat(row), "license_id": name} for row in events]
    return lines


def _without_seat(row: Row) -> Row:
    after = {key: value for key, value in row["after"].items() if key != "seat"}
    return {key: value for key, value in row.items() if key != "id"} | {"after": after}


def _waits() -> list[Row]:
    return sorted(
        (
            {"object": row.object_id, "waits": row.next_try is not None}
            for row in SyncTarget.objects.all()
        ),
        key=repr,
    )


def _log() -> list[Row]:
    """What Site history shows, in its order for each license."""
    references = {
        str(license_id): name for license_id, name in License.objects.values_list("pk", "reference")
    }
    names = _names_of_licenses()
    rows = []
    for entry in ModelLogEntry.objects.order_by("pk"):
        assert entry.label == references[entry.object_id]
        data = {key: value for key, value in entry.data.items() if key != "event"}
        rows.append({"license": names[int(entry.object_id)], "action": entry.action, "data": data})
    return sorted(rows, key=lambda row: row["license"])


@contextmanager
def undone():
    """Do something and undo it, with what it does after the commit. No transaction for the code."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)
