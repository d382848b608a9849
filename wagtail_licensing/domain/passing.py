"""The access decision without its reasons, for lists: they ask it for every set of rules at once.

It says what :func:`~wagtail_licensing.domain.access.decide` says, and a test compares the two.
"""

from collections.abc import Mapping
from datetime import datetime

from .facts import Audience, GateFacts, HolderFacts


def entitled_since(holder: HolderFacts, at: datetime) -> dict[int, datetime]:
    """Return since when ``holder`` holds each product of which a license entitles at ``at``."""
    since: dict[int, datetime] = {}
    for license in holder.licenses:
        known = since.get(license.product_id)
        if (known is None or license.held_since < known) and license.entitles(at):
            since[license.product_id] = license.held_since
    return since


def passes(gate: GateFacts, holder: HolderFacts, since: Mapping[int, datetime], at: datetime) -> bool:
    """Tell whether ``holder`` passes ``gate`` at ``at``; ``since`` is what :func:`entitled_since`
    says. What a rule keeps of products that are no longer held is not looked at."""
    if gate.is_free(at):
        return True
    if not holder.signed_in or not holder.active:
        return False
    if gate.audience == Audience.MEMBERS:
        return True
    if gate.audience != Audience.LICENSED:
        return False
    if gate.id in holder.granted_gates:
        return True
    for rule in gate.rules:
        if rule.product_id in holder.granted_products:
            return True
        held = since.get(rule.product_id)
        if held is not None and held + rule.after <= at:
            return True
    return False
