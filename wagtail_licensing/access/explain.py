"""Why a person opens a target, or does not: the decision with everything that went into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from ..conf import now
from ..domain.access import FAILED, AccessDecision, AccessReason, decide
from ..domain.facts import Audience, GateFacts, HolderFacts, LicenseFacts, RuleFacts
from ..grants.by_hand import granted_gates, granted_products
from ..models import License, LicenseProduct, MeteredRead
from ..models.gates import GateKind, WithoutAccess
from .before import GateBefore, GateSource, gates_before
from .editors import may_edit
from .freshness import current
from .guarded import GuardedView
from .holder import load_holdings, with_every_license
from .persona import Persona
from .reader import Reader, first_published
from .replay import replay


@dataclass(frozen=True, slots=True)
class LicenseTrace:
    """What one license or seat of the person does before one gate.

    ``allowed`` and ``reason`` are those of a decision in which the person holds nothing else;
    ``unlocks_at`` is when it would open the gate, as things stand. ``ends_at`` is the end of what is
    paid or given; access lasts until ``facts.access_until``. Ends are exclusive.
    """

    facts: LicenseFacts
    reference: str
    ends_at: datetime | None
    is_seat: bool
    allowed: bool
    reason: AccessReason
    unlocks_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GrantTrace:
    """Something given by hand that opens a gate: a product or the gate itself (``product_id`` None),
    to the person or to the group called ``group``."""

    product_id: int | None
    group: str


@dataclass(frozen=True, slots=True)
class GateTrace:
    """One gate before the target, and whether this person passes it.

    ``label`` names what the gate stands before, ``page_id`` its page if it is one's. ``decision`` is
    that of this gate alone, without a look at editing rights. ``free_reads_used``: how many pages the
    person has read free of charge in the month of the instant, where the gate has a meter.
    ``changed_at``: when the gate was put up or last changed, where that was after the instant.
    """

    facts: GateFacts
    kind: str
    label: str
    page_id: Any
    source: GateSource
    without_access: str
    decision: AccessDecision
    grants: tuple[GrantTrace, ...] = ()
    licenses: tuple[LicenseTrace, ...] = ()
    free_reads_used: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision about one person and one target at one instant, and what led to it.

    ``decision`` is what ``check_access`` says. ``may_edit`` is whether the person may edit the target,
    which opens whatever gates say; None where nobody had to ask. ``products`` names the products that
    are spoken of, by id. ``as_it_was``: licenses and seats are those of the instant, not of today.
    """

    at: datetime
    decision: AccessDecision
    signed_in: bool
    active: bool
    gates: tuple[GateTrace, ...] = ()
    may_edit: bool | None = None
    products: Mapping[int, str] = field(default_factory=dict)
    as_it_was: bool = False


def explain(user: Any, target: Any, at: datetime | None = None) -> Explanation:
    """Return why ``user`` opens ``target`` at the instant ``at`` (default: now), or does not.

    Takes what ``check_access`` takes, and a :class:`GuardedView`. Licenses and gates are those of now;
    only the clock is ``at``. Never raises: when something goes wrong the decision denies with the
    reason ``error`` and there is no trace. Up to a dozen queries; none of them depends on the number
    of licenses or gates.
    """
    return _safely(_decided(user, target, at or now()), user, target)


def explain_as_it_was(user: Any, target: Any, at: datetime) -> Explanation:
    """Return the same for an instant in the past, with the licenses and seats of ``user`` as they were.

    Licenses are read from their history, seats from their dates. Of gates, grants by hand, groups,
    editing rights and the account there is no history: they are taken as they are today. For an
    instant that is not in the past this is :func:`explain`. Two queries more.
    """
    told = _decided(user, target, at)
    replays = told.signed_in and told.active and not isinstance(user, Persona) and at < now()
    return _safely(replace(told, as_it_was=replays), user, target)


#: Decisions to which nothing led that could be shown.
_NO_TRACE = (AccessReason.ERROR, AccessReason.NO_GATE)


def _decided(user: Any, target: Any, at: datetime) -> Explanation:
    reader = Reader(user, at=at)
    if isinstance(target, GuardedView):
        decision = reader.check_products(target.product_ids())
    else:
        decision = reader.check(target)
    signed_in = bool(user is not None and user.is_authenticated)
    active = not signed_in or bool(user.is_active)
    return Explanation(at=at, decision=decision, signed_in=signed_in, active=active)


def _safely(told: Explanation, user: Any, target: Any) -> Explanation:
    if told.decision.reason in _NO_TRACE:
        return told
    try:
        return _traced(told, user, target)
    except Exception:  # noqa: BLE001 - a target that is gone by now; whatever it is, nothing opens
        return replace(told, decision=FAILED)


def _traced(told: Explanation, user: Any, target: Any) -> Explanation:
    person = _Person.read(user, told)
    if isinstance(target, GuardedView):
        gates: tuple[GateTrace, ...] = (_view_trace(target, person),)
    else:
        gates = tuple(_gate_trace(gate, person, target) for gate in gates_before([target])[0])
    asks = told.signed_in and told.active and not isinstance(user, Persona)
    edits = may_edit(user, target) if asks and not isinstance(target, GuardedView) else None
    told = replace(told, gates=gates, may_edit=edits, products=_product_names(gates))
    return replace(told, decision=_as_it_was(told, person, target)) if told.as_it_was else told


def _as_it_was(told: Explanation, person: "_Person", target: Any) -> AccessDecision:
    facts = [gate.facts for gate in told.gates]
    decision = decide(facts, person.holder, told.at, first_published(facts, target))
    if decision.allowed or not told.may_edit:
        return decision
    return replace(decision, allowed=True, reason=AccessReason.EDITOR, unlocks_at=None)


@dataclass(frozen=True, slots=True)
class _Person:
    """All that a person holds, ended or not, and how it is called."""

    at: datetime
    holder: HolderFacts
    user_id: Any = None
    rows: Mapping[int, tuple[str, datetime | None, bool]] = field(default_factory=dict)
    grants: tuple[tuple[int | None, int | None, str], ...] = ()

    @classmethod
    def read(cls, user: Any, told: Explanation) -> "_Person":
        if not told.signed_in or not told.active:
            return cls(told.at, HolderFacts(signed_in=told.signed_in, active=told.active))
        if told.as_it_was:
            was = replay(user, at=told.at)
            return cls(told.at, was.holder, user.pk, was.rows, tuple(_grants(user.pk)))
        holder = with_every_license(load_holdings(user, at=told.at).holder, user)
        ids = [license.id for license in holder.licenses]
        licenses = License.objects.filter(pk__in=ids).values_list(
            "pk", "reference", "ends_at", "uses_seats"
        )
        rows = {pk: (reference, ends_at, seats) for pk, reference, ends_at, seats in licenses}
        return cls(told.at, holder, user.pk, rows, tuple(_grants(user.pk)))

    def before(self, gate: GateFacts, target: Any, **held: Any) -> AccessDecision:
        """Decide about one gate as if the person held nothing but ``held``; by default: all of it."""
        holder = replace(_empty(self.holder), **held) if held else self.holder
        return decide([gate], holder, self.at, first_published([gate], target))


def _empty(holder: HolderFacts) -> HolderFacts:
    return HolderFacts(signed_in=holder.signed_in, active=holder.active)


def _grants(user_id: Any) -> Iterable[tuple[int | None, int | None, str]]:
    """Return product, gate and group of everything given by hand. Four queries."""
    (own_products, group_products), (own_gates, group_gates) = (
        granted_products(user_id),
        granted_gates(user_id),
    )
    yield from ((pk, None, "") for pk in own_products.values_list("content_object_id", flat=True))
    yield from ((None, pk, "") for pk in own_gates.values_list("content_object_id", flat=True))
    columns = ("content_object_id", "group__name")
    yield from ((pk, None, name) for pk, name in group_products.values_list(*columns))
    yield from ((None, pk, name) for pk, name in group_gates.values_list(*columns))


def _gate_trace(before: GateBefore, person: _Person, target: Any) -> GateTrace:
    gate = before.gate
    facts = current().index.facts[gate.pk]
    licensed = facts.audience == Audience.LICENSED and not facts.is_free(person.at)
    return GateTrace(
        facts=facts,
        kind=gate.kind,
        label=gate.target_label,
        page_id=gate.page_id,
        source=before.source,
        without_access=gate.without_access,
        decision=person.before(facts, target),
        grants=tuple(_grant_traces(facts, person)) if licensed else (),
        licenses=tuple(_license_traces(facts, person, target)) if licensed else (),
        free_reads_used=_free_reads_used(facts, person) if licensed else 0,
        changed_at=gate.updated_at if gate.updated_at > person.at else None,
    )


def _view_trace(view: GuardedView, person: _Person) -> GateTrace:
    """Trace a view as a gate that is opened by its products and stands nowhere else."""
    rules = tuple(RuleFacts(product_id) for product_id in view.product_ids())
    facts = GateFacts(0, Audience.LICENSED, rules)
    return GateTrace(
        facts=facts,
        kind=GateKind.AREA,
        label=view.name,
        page_id=None,
        source=GateSource.VIEW,
        without_access=WithoutAccess.TEASER,
        decision=person.before(facts, view),
        grants=tuple(_grant_traces(facts, person)),
        licenses=tuple(_license_traces(facts, person, view)),
    )


def _free_reads_used(gate: GateFacts, person: _Person) -> int:
    if not gate.free_reads or person.user_id is None:
        return 0
    month = localtime(person.at).date().replace(day=1)
    read = MeteredRead.objects.filter(gate_id=gate.id, user_id=person.user_id, month=month)
    return read.filter(read_at__lte=person.at).count()


def _grant_traces(gate: GateFacts, person: _Person) -> Iterable[GrantTrace]:
    opened_by = {rule.product_id for rule in gate.rules}
    for product_id, gate_id, group in person.grants:
        if gate_id == gate.id or product_id in opened_by:
            yield GrantTrace(product_id, group)


def _license_traces(gate: GateFacts, person: _Person, target: Any) -> Iterable[LicenseTrace]:
    """Judge each license as if it were the only one and the gate never free, the best first."""
    gate = replace(gate, free_until=None, free_from=None)
    found = []
    for license in person.holder.licenses:
        decision = person.before(gate, target, licenses=(license,))
        reference, ends_at, is_seat = person.rows.get(license.id, ("", license.access_until, False))
        found.append(
            LicenseTrace(
                facts=license,
                reference=reference,
                ends_at=ends_at,
                is_seat=is_seat,
                allowed=decision.allowed,
                reason=decision.reason,
                unlocks_at=decision.unlocks_at,
            )
        )
    return sorted(found, key=lambda trace: (not trace.allowed, -trace.facts.starts_at.timestamp()))


def _product_names(gates: Iterable[GateTrace]) -> dict[int, str]:
    wanted: set[int] = set()
    for gate in gates:
        wanted.update(rule.product_id for rule in gate.facts.rules)
        wanted.update(trace.facts.product_id for trace in gate.licenses)
    return dict(LicenseProduct.objects.filter(pk__in=wanted).values_list("pk", "name"))
