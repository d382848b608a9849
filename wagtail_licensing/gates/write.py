"""The write path of gates: every change made by a person goes through here and is announced."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from wagtail.log_actions import get_active_log_context

from ..models import EntitlementRule, Gate, LicenseProduct
from ..models.gates import GateAudience, GateKind, WithoutAccess
from ..signals import gate_changed


class GateError(ValueError):
    """A gate that may not be; the message is for people."""


class AsIs:
    """Says of a date that it stays what it is: None takes a date away."""


AS_IS = AsIs()


def gate_facts(gate: Gate | None) -> dict[str, Any] | None:
    """Return what a gate says, as JSON: ``audience``, ``without_access``, ``rules`` as [product, days].

    Only where they are set: ``keeps`` (ids of the products whose holders keep what was published
    while they held them), ``downloads`` as [product, files a month], ``free_until`` and ``free_from``
    (UTC, ISO 8601), ``free_reads`` (pages a month). None where no gate stands. One query.
    """
    if gate is None or gate.pk is None:
        return None
    rules = list(EntitlementRule.objects.filter(gate_id=gate.pk).order_by("product_id"))
    facts: dict[str, Any] = {
        "audience": str(gate.audience),
        "without_access": str(gate.without_access),
        "rules": [[rule.product_id, rule.after_days] for rule in rules],
    }
    more = {
        "keeps": [rule.product_id for rule in rules if rule.keeps],
        "downloads": [
            [rule.product_id, rule.downloads_per_month] for rule in rules if rule.downloads_per_month
        ],
        "free_until": _as_text(gate.free_until),
        "free_from": _as_text(gate.free_from),
        "free_reads": gate.free_reads,
    }
    return facts | {name: value for name, value in more.items() if value}


def _as_text(instant: datetime | None) -> str:
    return instant.astimezone(UTC).isoformat() if instant else ""


def set_page_gate(
    *,
    page: Any,
    audience: str,
    by: Any,
    products: Iterable[LicenseProduct] = (),
    without_access: str = WithoutAccess.TEASER,
    after_days: int | None = None,
    keeps: bool | None = None,
    free_until: datetime | None | AsIs = AS_IS,
    free_from: datetime | None | AsIs = AS_IS,
    free_reads: int | None = None,
) -> Gate:
    """Put a gate before ``page`` and what is under it, or change the one that stands there.

    ``products`` open it when the audience is people with a license; ``after_days`` is for how many
    days a product must have been held, ``keeps`` whether what was published while it was held stays
    open afterwards (None leaves present rules as they are). Before ``free_until`` and from
    ``free_from`` on everyone gets in (aware instants; None takes the date away, ``AS_IS`` leaves it).
    ``free_reads``: pages a month that are free to signed-in visitors, 0 for none, None leaves it.
    ``by`` is the user who does it. The same again changes nothing and announces nothing. Raises
    :class:`GateError` for people with a license without a product.
    """
    licensed = audience == GateAudience.LICENSED
    wanted = {product.pk for product in products} if licensed else set()
    if licensed and not wanted:
        raise GateError(_("Choose at least one product, or nobody could open this."))
    fields: dict[str, Any] = {"audience": str(audience), "without_access": str(without_access)}
    for name, instant in (("free_until", free_until), ("free_from", free_from)):
        if not isinstance(instant, AsIs):
            fields[name] = instant
    if free_reads is not None:
        fields["free_reads"] = free_reads
    said = {"after_days": after_days, "keeps": keeps}
    rule = {name: value for name, value in said.items() if value is not None}
    return _set(page, fields, dict.fromkeys(wanted, rule), by)


def _set(page: Any, fields: dict[str, Any], rules: Mapping[int, dict[str, Any]], by: Any) -> Gate:
    with transaction.atomic():
        gate, created = Gate.objects.select_for_update().get_or_create(
            page_id=page.pk, defaults={"kind": GateKind.PAGE, **fields}
        )
        before = None if created else gate_facts(gate)
        if any(getattr(gate, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(gate, name, value)
            gate.save()
        _set_rules(gate, rules)
        announce_gate(gate=gate, by=by, before=before)
    return gate


def restore_page_gate(*, page: Any, facts: dict[str, Any] | None, by: Any) -> Gate | None:
    """Make the gate of ``page`` what ``facts``, those of :func:`gate_facts`, say of it: the days and
    what is kept of each product too. None takes the gate away.

    Products that are gone meanwhile are left out; raises :class:`GateError` where none is left.
    """
    if facts is None:
        remove_page_gate(page=page, by=by)
        return None
    days = dict(facts["rules"])
    keeps = facts.get("keeps", ())
    found = LicenseProduct.objects.filter(pk__in=days).values_list("pk", flat=True)
    downloads = dict(facts.get("downloads", ()))
    rules = {
        pk: {
            "after_days": days[pk],
            "keeps": pk in keeps,
            "downloads_per_month": downloads.get(pk),
        }
        for pk in found
    }
    if facts["audience"] == GateAudience.LICENSED and not rules:
        raise GateError(_("The products that opened “%(page)s” are gone.") % {"page": page})
    fields = {
        "audience": facts["audience"],
        "without_access": facts["without_access"],
        "free_until": _instant(facts.get("free_until")),
        "free_from": _instant(facts.get("free_from")),
        "free_reads": facts.get("free_reads", 0),
    }
    return _set(page, fields, rules, by)


def _instant(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def remove_page_gate(*, page: Any, by: Any) -> bool:
    """Take the gate of ``page`` itself away, so that what is above applies; tell whether one stood."""
    with transaction.atomic():
        gate = Gate.objects.select_for_update().filter(page_id=page.pk).first()
        if gate is None:
            return False
        before, removed = gate_facts(gate), copy(gate)
        gate.delete()
        announce_removal(gate=removed, by=by, before=before)
    return True


def announce_gate(*, gate: Gate, by: Any, before: dict[str, Any] | None) -> None:
    """Announce after the commit that ``gate`` was made or changed, if it differs from ``before``."""
    after = gate_facts(gate)
    if after != before:
        _announce(gate, by, "changed" if before else "created", before, after)


def announce_removal(*, gate: Gate, by: Any, before: dict[str, Any] | None) -> None:
    """Announce after the commit that ``gate`` was removed."""
    _announce(gate, by, "removed", before, None)


def _announce(gate: Gate, by: Any, action: str, before: Any, after: Any) -> None:
    batch = get_active_log_context().uuid
    transaction.on_commit(
        lambda: gate_changed.send_robust(
            sender=Gate, gate=gate, user=by, action=action, before=before, after=after, batch=batch
        )
    )


def _set_rules(gate: Gate, wanted: Mapping[int, dict[str, Any]]) -> None:
    """Let the products ``wanted`` open ``gate`` and no others; the fields given for each are set."""
    present = {rule.product_id: rule for rule in EntitlementRule.objects.filter(gate_id=gate.pk)}
    for product_id, rule in present.items():
        if product_id not in wanted:
            rule.delete()
            continue
        fields = wanted[product_id]
        if any(getattr(rule, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(rule, name, value)
            rule.save()
    for product_id in sorted(wanted.keys() - present.keys()):
        EntitlementRule.objects.create(gate=gate, product_id=product_id, **wanted[product_id])


__all__ = [
    "AS_IS",
    "AsIs",
    "GateError",
    "announce_gate",
    "announce_removal",
    "gate_facts",
    "remove_page_gate",
    "restore_page_gate",
    "set_page_gate",
]
