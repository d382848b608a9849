"""Stable words and amounts out of what the account shows to people."""

from datetime import datetime
from typing import Any

from ..domain.money import Money
from ..domain.states import PendingReason, State
from ..models import License, LicenseProduct
from ..portal.formats import format_money
from .answers import LicenseWord, Renewal


def license_word(license: License, at: datetime) -> LicenseWord:
    """Return where ``license`` stands at ``at``: the clock decides, not the label. No query."""
    state = license.state
    if state == State.REVOKED:
        return LicenseWord.REVOKED
    if state == State.SUSPENDED:
        return LicenseWord.SUSPENDED
    over = license.access_until is not None and license.access_until <= at
    if state == State.EXPIRED or over:
        return LicenseWord.ENDED
    if state == State.PENDING and license.pending_reason != PendingReason.START:
        return LicenseWord.PENDING
    if at < license.starts_at:
        return LicenseWord.NOT_STARTED
    return LicenseWord.GRACE if state == State.GRACE else LicenseWord.ACTIVE


def renewal_of(license: License, word: LicenseWord) -> Renewal:
    """Return whether ``license`` goes on by itself. No query when its billing item is loaded."""
    if word in (LicenseWord.ENDED, LicenseWord.REVOKED):
        return Renewal.NONE
    if license.renews:
        return Renewal.RENEWS
    by_subscription = getattr(license, "billing_item", None) is not None
    return Renewal.CANCELLED if by_subscription else Renewal.NONE


def amount(money: Money) -> dict[str, Any]:
    """Return money as the answers show it."""
    return {"amount": money.minor_units, "currency": money.currency, "text": format_money(money)}


def product(row: LicenseProduct) -> dict[str, Any]:
    """Return a product as the answers show it."""
    return {"slug": row.slug, "name": row.name}
