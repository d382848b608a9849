"""By which licenses a file is open to a person, and how many files a month each of them allows."""

from datetime import datetime
from typing import Any

from ..domain.access import AccessDecision, AccessReason, GateFacts
from ..domain.downloads import Way
from .freshness import current
from .holder import load_holdings


def gate_of(decision: AccessDecision) -> GateFacts | None:
    """Return the facts of the gate that decided. No query while the gate index is young."""
    return current().index.facts.get(decision.gate_id or 0)


def has_limits(decision: AccessDecision) -> bool:
    """Tell whether a rule of the gate that decided has a limit of downloads. No query."""
    gate = gate_of(decision)
    return gate is not None and any(rule.downloads is not None for rule in gate.rules)


def ways_of(user: Any, decision: AccessDecision, at: datetime) -> list[Way]:
    """Return the licenses by which an allowed ``decision`` opens its target to ``user`` at ``at``.

    None for grants, editors and everything else that needs no license. One query where a license
    opens and the gate has limits; without limits the license of the decision alone, for none.
    """
    gate = gate_of(decision)
    if gate is None or decision.license_id is None or decision.product_id is None:
        return []
    limits = {rule.product_id: rule.downloads for rule in gate.rules}
    own = Way(decision.license_id, decision.product_id, limits.get(decision.product_id))
    if decision.reason is not AccessReason.LICENSE or not has_limits(decision):
        return [own]
    after = {rule.product_id: rule.after for rule in gate.rules}
    held = load_holdings(user, at=at, products=sorted(limits)).holder.licenses
    return [
        Way(license.id, license.product_id, limits[license.product_id])
        for license in sorted(held, key=lambda license: license.id)
        if license.product_id in limits
        and license.entitles(at)
        and license.held_since + after[license.product_id] <= at
    ]
