"""Whom a customer of Stripe's belongs to, for the import: never guessed, never from a mail address.

A link comes from a file that an administrator wrote (customer, user name), or from metadata that one
wrote at Stripe under a name that is told.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from ..conf import conf
from ..models import BillingCustomer

Json = dict[str, Any]


class Link(StrEnum):
    """What became of one customer."""

    LINKED = "linked already"
    NEW = "linked now"
    UNLINKED = "unlinked"
    CONFLICT = "conflict"


class BadFile(ValueError):  # noqa: N818 - the field's word for it
    """The file of links cannot be used; the text says why and in which line."""


def read_links(lines: Iterable[str]) -> dict[str, str]:
    """Return user names by customer from CSV with the columns ``customer`` and ``user``.

    Raises :class:`BadFile` for another heading, an empty field, or a customer with two users.
    """
    reader = csv.DictReader(lines)
    if reader.fieldnames is None or {"customer", "user"} - set(reader.fieldnames):
        raise BadFile("the first line has to name the columns customer and user")
    links: dict[str, str] = {}
    for row in reader:
        customer, name = (row["customer"] or "").strip(), (row["user"] or "").strip()
        if not customer or not name:
            raise BadFile(f"line {reader.line_num}: a customer or a user is missing")
        if links.setdefault(customer, name) != name:
            raise BadFile(f"line {reader.line_num}: {customer} stands for two users")
    return links


class Linker:
    """Finds or makes the customers of subscriptions. ``metadata_key`` names a field with a user name."""

    def __init__(
        self, *, links: Mapping[str, str], metadata_key: str, dry_run: bool, at: datetime
    ) -> None:
        self._links = links
        self._metadata_key = metadata_key
        self._dry_run = dry_run
        self._at = at
        self._promised: dict[int, str] = {}
        self.used: set[str] = set()

    def link(self, customer_id: str, raw: Json) -> Link:
        """Return whether the customer of the subscription ``raw`` is ours, linked now if it can be."""
        known = BillingCustomer.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id=customer_id
        ).first()
        name = self._name_for(customer_id, raw)
        user = self._user(name)
        if known is not None and (known.user_id or known.organization_id):
            agrees = user is None or known.user_id in {None, user.pk}
            return Link.LINKED if agrees else Link.CONFLICT
        if user is None:
            return Link.UNLINKED
        return self._make(customer_id, user, known)

    def _name_for(self, customer_id: str, raw: Json) -> str:
        if customer_id in self._links:
            self.used.add(customer_id)
            return self._links[customer_id]
        metadata = raw.get("metadata")
        if not self._metadata_key or not isinstance(metadata, dict):
            return ""
        return str(metadata.get(self._metadata_key) or "")

    def _user(self, name: str) -> Any:
        if not name:
            return None
        model: Any = get_user_model()
        try:
            return model._default_manager.get_by_natural_key(name)
        except model.DoesNotExist:
            return None

    def _make(self, customer_id: str, user: Any, known: BillingCustomer | None) -> Link:
        others = BillingCustomer.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode, user=user, is_deleted=False
        )
        if others.exclude(stripe_id=customer_id).exists():
            return Link.CONFLICT
        if self._promised.setdefault(user.pk, customer_id) != customer_id:
            return Link.CONFLICT
        if self._dry_run:
            return Link.NEW
        try:
            with transaction.atomic():
                row = known or BillingCustomer(
                    account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id=customer_id
                )
                row.user = user
                row.synced_at = self._at
                row.save()
        except IntegrityError:
            return Link.CONFLICT
        return Link.NEW
