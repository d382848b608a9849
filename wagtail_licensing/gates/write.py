"""The write path of gates: every change made by a person goes through here and is announced."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import EntitlementRule, Gate, LicenseProduct
from ..models.gates import GateAudience, GateKind, WithoutAccess
from ..signals import gate_changed


class GateError(ValueError):
    """A gate that may not be; the message is for people."""


def gate_facts(gate: Gate | None) -> dict[str, Any] | None:
    """Return what a gate says, as JSON: ``audience``, ``without_access``, ``rules`` as [product, days].

    None where no gate stands. One query.
    """
    if gate is None or gate.pk is None:
        return None
    rules = EntitlementRule.objects.filter(gate_id=gate.pk).order_by("product_id")
    return {
        "audience": str(gate.audience),
        "without_access": str(gate.without_access),
        "rules": [list(rule) for rule in rules.values_list("product_id", "after_days")],
    }


def set_page_gate(
    *,
    page: Any,
    audience: str,
    by: Any,
    products: Iterable[LicenseProduct] = (),
    without_access: str = WithoutAccess.TEASER,
    after_days: int | None = None,
) -> Gate:
    """Put a gate before ``page`` and what is under it, or change the one that stands there.

    ``products`` open it when the audience is people with a license; ``after_days`` is for how many
    days a product must have been held (None leaves the days of present rules as they are). ``by`` is
    the user who does it. The same again changes nothing and announces nothing. Raises
    :class:`GateError` for people with a license without a product.
    """
    licensed = audience == GateAudience.LICENSED
    wanted = {product.pk for product in products} if licensed else set()
    if licensed and not wanted:
        raise GateError(_("Choose at least one product, or nobody could open this."))
    with transaction.atomic():
        gate, created = Gate.objects.select_for_update().get_or_create(
            page_id=page.pk,
            defaults={
                "kind": GateKind.PAGE,
                "audience": audience,
                "without_access": without_access,
            },
        )
        before = None if created else gate_facts(gate)
        if (gate.audience, gate.without_access) != (audience, without_access):
            gate.audience, gate.without_access = audience, without_access
            gate.save()
        _set_rules(gate, wanted, after_days)
        announce_gate(gate=gate, by=by, before=before)
    return gate


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
    transaction.on_commit(
        lambda: gate_changed.send_robust(
            sender=Gate, gate=gate, user=by, action=action, before=before, after=after
        )
    )


def _set_rules(gate: Gate, wanted: set[int], after_days: int | None) -> None:
    present = {rule.product_id: rule for rule in EntitlementRule.objects.filter(gate_id=gate.pk)}
    for product_id, rule in present.items():
        if product_id not in wanted:
            rule.delete()
        elif after_days is not None and rule.after_days != after_days:
            rule.after_days = after_days
            rule.save()
    for product_id in sorted(wanted - present.keys()):
        EntitlementRule.objects.create(gate=gate, product_id=product_id, after_days=after_days or 0)


__all__ = [
    "GateError",
    "announce_gate",
    "announce_removal",
    "gate_facts",
    "remove_page_gate",
    "set_page_gate",
]
