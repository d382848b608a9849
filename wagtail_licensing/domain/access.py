"""The access decision, as a pure function of gates, of what a person holds, and of the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .facts import Audience, GateFacts, HolderFacts, LicenseFacts, RuleFacts
from .states import PendingReason, State

__all__ = [
    "FAILED",
    "NO_GATE",
    "AccessDecision",
    "AccessReason",
    "Audience",
    "GateFacts",
    "HolderFacts",
    "LicenseFacts",
    "RuleFacts",
    "decide",
    "kept_between",
]


class AccessReason(StrEnum):
    """Why an access decision is as it is. The codes are a promise to site developers."""

    # allowed
    NO_GATE = "no_gate"
    OPEN_TO_ALL = "open_to_all"
    SIGNED_IN = "signed_in"
    LICENSE = "license"
    GRANT = "grant"
    KEPT = "kept"
    METERED = "metered"
    EDITOR = "editor"
    # denied
    SIGN_IN_REQUIRED = "sign_in_required"
    LICENSE_REQUIRED = "license_required"
    OTHER_PRODUCT = "other_product"
    LICENSE_PENDING = "license_pending"
    LICENSE_NOT_STARTED = "license_not_started"
    LICENSE_EXPIRED = "license_expired"
    LICENSE_SUSPENDED = "license_suspended"
    LICENSE_REVOKED = "license_revoked"
    NOT_YET = "not_yet"
    DOWNLOADS_USED_UP = "downloads_used_up"
    INACTIVE_USER = "inactive_user"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Allowed or not, and why.

    ``gate_ids`` are the gates that were consulted, ``gate_id`` the one that decided,
    ``license_id`` and ``product_id`` what allowed it (or what comes nearest), ``access_until`` the
    instant (exclusive) at which this answer ends, ``unlocks_at`` the instant from which a
    license already held opens the target, ``opened_by`` the ids of the products that open it.
    """

    allowed: bool
    reason: AccessReason
    gate_id: int | None = None
    gate_ids: tuple[int, ...] = ()
    license_id: int | None = None
    product_id: int | None = None
    access_until: datetime | None = None
    unlocks_at: datetime | None = None
    opened_by: tuple[int, ...] = field(default=())

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def consulted_a_gate(self) -> bool:
        """Tell whether the answer depends on the person, and so may never be cached for others."""
        return self.reason is not AccessReason.NO_GATE


#: What may be done where no gate stands.
NO_GATE = AccessDecision(allowed=True, reason=AccessReason.NO_GATE)

#: The answer when the question could not be answered: closed.
FAILED = AccessDecision(allowed=False, reason=AccessReason.ERROR)


def decide(
    gates: Sequence[GateFacts],
    holder: HolderFacts,
    at: datetime,
    published_at: datetime | None = None,
) -> AccessDecision:
    """Decide whether ``holder`` passes **all** of ``gates`` at the instant ``at``.

    ``published_at`` is when the target was first published, for rules that keep what was published
    while a product was held; unknown, nothing is kept.

    Several gates stand before a target only when it is the alias of another one; the first gate
    that does not open is the answer. Editors are not known here: who may edit a target is
    Wagtail's question.
    """
    if not gates:
        return NO_GATE
    gate_ids = tuple(gate.id for gate in gates)
    answer: AccessDecision | None = None
    for gate in gates:
        decision = _decide_one(gate, holder, at, published_at)
        decision = replace(decision, gate_id=gate.id, gate_ids=gate_ids)
        if not decision.allowed:
            return decision
        answer = decision if answer is None else _narrower(answer, decision)
    assert answer is not None  # noqa: S101 - gates is not empty
    return answer


def _narrower(first: AccessDecision, second: AccessDecision) -> AccessDecision:
    """Return the allowed decision that ends first."""
    if second.access_until is None:
        free = first.reason is AccessReason.OPEN_TO_ALL and first.access_until is None
        return second if free else first
    if first.access_until is None or second.access_until < first.access_until:
        return second
    return first


def _decide_one(
    gate: GateFacts, holder: HolderFacts, at: datetime, published_at: datetime | None
) -> AccessDecision:
    if gate.is_free(at):
        return AccessDecision(
            allowed=True, reason=AccessReason.OPEN_TO_ALL, access_until=_free_until(gate, at)
        )
    decision = _decide_closed(gate, holder, at, published_at)
    if decision.allowed or gate.free_from is None:
        return decision
    # The gate opens to everyone one day: that may be before a license opens it.
    opens_at = min(gate.free_from, decision.unlocks_at or gate.free_from)
    return replace(decision, unlocks_at=opens_at)


def _free_until(gate: GateFacts, at: datetime) -> datetime | None:
    """Return when a gate that is free at ``at`` closes again, exclusive; None if never."""
    if gate.audience == Audience.EVERYONE or gate.free_until is None or gate.free_until <= at:
        return None
    if gate.free_from is not None and gate.free_from <= gate.free_until:
        return None
    return gate.free_until


def _decide_closed(
    gate: GateFacts, holder: HolderFacts, at: datetime, published_at: datetime | None
) -> AccessDecision:
    opened_by = tuple(rule.product_id for rule in gate.rules)
    if holder.signed_in and not holder.active:
        return _denied(AccessReason.INACTIVE_USER, opened_by)
    if not holder.signed_in:
        return _denied(AccessReason.SIGN_IN_REQUIRED, opened_by)
    if gate.audience == Audience.MEMBERS:
        return AccessDecision(allowed=True, reason=AccessReason.SIGNED_IN, opened_by=opened_by)
    if gate.audience != Audience.LICENSED:
        return _denied(AccessReason.ERROR, opened_by)
    if gate.id in holder.granted_gates or holder.granted_products.intersection(opened_by):
        return AccessDecision(allowed=True, reason=AccessReason.GRANT, opened_by=opened_by)
    decision = _decide_by_license(gate, holder, at, opened_by)
    if decision.allowed or published_at is None:
        return decision
    return _decide_by_what_is_kept(gate, holder, at, published_at) or decision


def _decide_by_what_is_kept(
    gate: GateFacts, holder: HolderFacts, at: datetime, published_at: datetime
) -> AccessDecision | None:
    rules = {rule.product_id: rule for rule in gate.rules}
    for license in holder.licenses:
        rule = rules.get(license.product_id)
        if rule is None or (kept := kept_between(license, rule, at)) is None:
            continue
        start, end = kept
        if start <= published_at < end:
            return AccessDecision(
                allowed=True,
                reason=AccessReason.KEPT,
                license_id=license.id,
                product_id=license.product_id,
                opened_by=tuple(rule.product_id for rule in gate.rules),
            )
    return None


def kept_between(
    license: LicenseFacts, rule: RuleFacts, at: datetime
) -> tuple[datetime, datetime] | None:
    """Return the span, end exclusive, of which a license that has ended keeps what was published.

    None if it keeps nothing: it has not ended, was taken away, or never was held long enough.
    """
    end = license.ended_at(at)
    if not rule.keeps or end is None or end < license.held_since + rule.after:
        return None
    return license.starts_at, end


def _decide_by_license(
    gate: GateFacts, holder: HolderFacts, at: datetime, opened_by: tuple[int, ...]
) -> AccessDecision:
    best: AccessDecision | None = None
    unlocks: list[tuple[datetime, LicenseFacts]] = []
    after = {rule.product_id: rule.after for rule in gate.rules}
    for license in holder.licenses:
        if license.product_id not in after or not license.entitles(at):
            continue
        opens_at = license.held_since + after[license.product_id]
        if at < opens_at:
            unlocks.append((opens_at, license))
            continue
        decision = AccessDecision(
            allowed=True,
            reason=AccessReason.LICENSE,
            license_id=license.id,
            product_id=license.product_id,
            access_until=license.access_until,
            opened_by=opened_by,
        )
        best = decision if best is None else _longer(best, decision)
    if best is not None:
        return best
    if unlocks:
        opens_at, license = min(unlocks, key=lambda pair: pair[0])
        return replace(
            _denied(AccessReason.NOT_YET, opened_by),
            unlocks_at=opens_at,
            license_id=license.id,
            product_id=license.product_id,
        )
    return _why_not(holder.licenses, after, at, opened_by)


def _longer(first: AccessDecision, second: AccessDecision) -> AccessDecision:
    if first.access_until is None:
        return first
    if second.access_until is None or second.access_until > first.access_until:
        return second
    return first


def _why_not(
    licenses: Iterable[LicenseFacts],
    after: dict[int, timedelta],
    at: datetime,
    opened_by: tuple[int, ...],
) -> AccessDecision:
    """Name the nearest miss, so that the paywall can say more than "no"."""
    candidates = [
        (_PREFERENCE.index(reason), license, reason)
        for license in licenses
        if (reason := _miss(license, after, at)) is not None
    ]
    if not candidates:
        return _denied(AccessReason.LICENSE_REQUIRED, opened_by)
    _, license, reason = min(candidates, key=lambda row: row[0])
    unlocks_at = None
    if reason is AccessReason.LICENSE_NOT_STARTED:
        unlocks_at = license.starts_at + after[license.product_id]
    return replace(
        _denied(reason, opened_by),
        license_id=license.id,
        product_id=license.product_id,
        unlocks_at=unlocks_at,
    )


_PREFERENCE = (
    AccessReason.LICENSE_NOT_STARTED,
    AccessReason.LICENSE_PENDING,
    AccessReason.LICENSE_SUSPENDED,
    AccessReason.LICENSE_EXPIRED,
    AccessReason.OTHER_PRODUCT,
    AccessReason.LICENSE_REVOKED,
)


def _miss(license: LicenseFacts, after: dict[int, timedelta], at: datetime) -> AccessReason | None:
    if license.product_id not in after:
        return AccessReason.OTHER_PRODUCT if license.entitles(at) else None
    if license.state == State.REVOKED:
        return AccessReason.LICENSE_REVOKED
    if license.state == State.SUSPENDED:
        return AccessReason.LICENSE_SUSPENDED
    if license.state == State.PENDING and license.pending_reason != PendingReason.START:
        return AccessReason.LICENSE_PENDING
    if license.state == State.EXPIRED:
        return AccessReason.LICENSE_EXPIRED
    if at < license.starts_at:
        return AccessReason.LICENSE_NOT_STARTED
    return AccessReason.LICENSE_EXPIRED


def _denied(reason: AccessReason, opened_by: tuple[int, ...]) -> AccessDecision:
    return AccessDecision(allowed=False, reason=reason, opened_by=opened_by)
