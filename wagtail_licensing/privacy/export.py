"""A copy of what is known about a person: one JSON file, and the same to read."""

import json
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from .classes import ModelData
from .rows import personal_rows

#: The fields of an account that every site has, as far as its user model has them.
ACCOUNT_FIELDS = ("first_name", "last_name", "is_active", "date_joined", "last_login")

TEMPLATE = "wagtail_licensing/privacy_export.html"


def export_zip(*, user: Any, at: datetime) -> bytes:
    """Return a zip with ``data.json`` and ``data.html``: what :func:`collect` finds about ``user``."""
    data = collect(user=user, at=at)
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", text)
        archive.writestr("data.html", render_to_string(TEMPLATE, {"data": data, "at": at}))
    return buffer.getvalue()


def collect(*, user: Any, at: datetime) -> dict[str, Any]:
    """Return everything that the table says a person gets, about ``user`` and nobody else.

    ``account`` are the fields of the account, ``models`` a list of models with their rows; keys to
    other rows are given as their names. Instants are UTC. One query for each model, and four for
    the events of Stripe.
    """
    models = [_section(row, rows) for row, rows in personal_rows(user)]
    return {
        "exported_at": at,
        "account": _account(user),
        "models": [section for section in models if section["rows"]],
    }


def _account(user: Any) -> dict[str, Any]:
    account = {
        "username": user.get_username(),
        "email": getattr(user, user.get_email_field_name(), ""),
    }
    return account | {name: getattr(user, name) for name in ACCOUNT_FIELDS if hasattr(user, name)}


def _section(row: ModelData, rows: Any) -> dict[str, Any]:
    model = apps.get_model("wagtail_licensing", row.model)
    keys = [name for name in row.exported if model._meta.get_field(name).is_relation]
    # What stands for another row is its name: each is read along.
    found = rows.select_related(*keys) if keys else rows
    return {
        "model": row.model,
        "title": str(model._meta.verbose_name_plural) or _("rows"),
        "rows": [{name: _value(one, name) for name in row.exported} for one in found.iterator()],
    }


def _value(row: Any, name: str) -> Any:
    value = getattr(row, name)
    return str(value) if hasattr(value, "_meta") else value
