"""An explanation in sentences: each gate with what it wants, what the person has, and the outcome."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_lazy, ngettext

from ..access.before import GateSource
from ..access.explain import Explanation, GateTrace, LicenseTrace
from ..domain.access import AccessDecision, AccessReason
from ..domain.facts import Audience, RuleFacts
from ..domain.states import State
from ..models.gates import WithoutAccess
from ..models.licenses import LicenseState
from .words import arrow, instant_words


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation. ``passes``: it opens, it does not, or (None) it says what is.
    ``page_id`` and ``license_id`` are for a link."""

    text: str
    passes: bool | None = None
    page_id: Any = None
    license_id: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The explanation of one gate, or of editing rights: a headline and what follows from it."""

    headline: Step
    steps: tuple[Step, ...]


def stories(told: Explanation) -> list[Story]:
    """Return what led to the decision, gate by gate, then editing rights and what is not known."""
    found = [_gate_story(gate, told) for gate in told.gates]
    if told.may_edit is not None:
        text = (
            gettext("May edit this in the admin, and editors open what they edit, whatever gates say.")
            if told.may_edit
            else gettext("May not edit this in the admin; an editor could open it.")
        )
        found.append(Story(Step(gettext("Editing rights")), (Step(text, told.may_edit),)))
    if told.as_it_was and found:
        found.append(_known(told))
    return found


def _known(told: Explanation) -> Story:
    """Say what is known of an instant in the past, and what is not."""
    was = gettext("Licenses and seats are as they were then, from the history of each license.")
    today = gettext(
        "Rules, what was given by hand, groups, editing rights and the account are as they are today: "
        "of these no history is kept."
    )
    return Story(Step(gettext("What is known of that time")), (Step(was), Step(today)))


def outcome_words(decision: AccessDecision) -> str:
    """Return the decision in one sentence."""
    if decision.unlocks_at is not None and not decision.allowed:
        return gettext("Denied: opens on %(instant)s") % {"instant": instant_words(decision.unlocks_at)}
    words = str(_OUTCOMES.get(decision.reason, _OUTCOMES[AccessReason.ERROR]))
    if decision.allowed and decision.access_until is not None:
        until = instant_words(decision.access_until)
        return gettext("%(outcome)s (until %(instant)s)") % {
            "outcome": words.removesuffix("."),
            "instant": until,
        }
    return words


def _gate_story(gate: GateTrace, told: Explanation) -> Story:
    rule = "; ".join([_audience(gate, told.products), *_schedule(gate, told)])
    headline = Step(
        gettext("%(where)s: %(rule)s") % {"where": _where(gate), "rule": rule},
        gate.decision.allowed,
        gate.page_id,
    )
    steps = list(_gate_steps(gate, told))
    if told.as_it_was and gate.changed_at is not None:
        text = gettext("Was put up or changed later, on %(instant)s: what it said before is not known.")
        steps.append(Step(text % {"instant": instant_words(gate.changed_at)}))
    return Story(headline, tuple(steps))


def _where(gate: GateTrace) -> str:
    if gate.source is GateSource.OWN:
        return gettext("Own rule")
    return str(_SOURCES[gate.source]) % {"title": gate.label}


_SOURCES = {
    GateSource.INHERITED: gettext_lazy("Rule inherited from “%(title)s”"),
    GateSource.TRANSLATION: gettext_lazy("Rule of “%(title)s”, shared by its translations"),
    GateSource.PAGE_TYPE: gettext_lazy("Rule of the page type “%(title)s”"),
    GateSource.COLLECTION: gettext_lazy("Rule of the collection “%(title)s”"),
    GateSource.ALIAS: gettext_lazy("Rule of “%(title)s”, of which this is an alias"),
    GateSource.VIEW: gettext_lazy("Rule of the view at “%(title)s”"),
}


def _audience(gate: GateTrace, products: Mapping[int, str]) -> str:
    audience = gate.facts.audience
    if audience == Audience.EVERYONE:
        return gettext("open to everyone (free preview)")
    if audience == Audience.MEMBERS:
        return gettext("any signed-in member")
    names = [_rule(rule, products) for rule in gate.facts.rules]
    if not names:
        return gettext("a license is needed, and no product opens it")
    return gettext("needs a license for %(products)s") % {
        "products": get_text_list(names, gettext("or"))
    }


def _schedule(gate: GateTrace, told: Explanation) -> Iterator[str]:
    """Say when the gate is open to everyone, if ever."""
    facts = gate.facts
    if facts.free_until is not None:
        text = (
            gettext("open to everyone until %(instant)s")
            if told.at < facts.free_until
            else gettext("was open to everyone until %(instant)s")
        )
        yield text % {"instant": instant_words(facts.free_until)}
    if facts.free_from is not None:
        yield gettext("open to everyone from %(instant)s") % {"instant": instant_words(facts.free_from)}


def _rule(rule: RuleFacts, products: Mapping[int, str]) -> str:
    name = products.get(rule.product_id, f"#{rule.product_id}")
    days = rule.after.days
    if not days:
        return name
    text = ngettext("%(product)s (held for %(days)d day)", "%(product)s (held for %(days)d days)", days)
    return text % {"product": name, "days": days}


def _gate_steps(gate: GateTrace, told: Explanation) -> Iterator[Step]:
    if gate.facts.is_free(told.at):
        yield Step(gettext("Is open to everyone at that instant."), True)
        return
    if not told.signed_in:
        yield Step(gettext("Is not signed in."), False)
    elif not told.active:
        yield Step(gettext("The account is inactive: it opens nothing that is gated."), False)
    elif gate.facts.audience == Audience.MEMBERS:
        yield Step(gettext("Is signed in."), True)
    else:
        yield from _holding_steps(gate, told)
        yield from _meter_steps(gate)
    if not gate.decision.allowed:
        yield Step(gettext("Others see: %(what)s") % {"what": WithoutAccess(gate.without_access).label})


def _holding_steps(gate: GateTrace, told: Explanation) -> Iterator[Step]:
    for grant in gate.grants:
        what = gettext("this gate")
        if grant.product_id is not None:
            what = told.products.get(grant.product_id, f"#{grant.product_id}")
        if grant.group:
            text = gettext("Was given %(what)s by hand, with the group “%(group)s”.")
        else:
            text = gettext("Was given %(what)s by hand.")
        yield Step(text % {"what": what, "group": grant.group}, True)
    for license in gate.licenses:
        yield _license_step(license, told.products)
    if not gate.licenses and not gate.grants:
        yield Step(gettext("Holds no license and no seat, and was given nothing by hand."), False)


def _meter_steps(gate: GateTrace) -> Iterator[Step]:
    allowance = gate.facts.free_reads
    if not allowance:
        return
    text = ngettext(
        "Without a license %(allowance)d page a month is free; %(used)d of it is used.",
        "Without a license %(allowance)d pages a month are free; %(used)d of them are used.",
        allowance,
    )
    yield Step(text % {"allowance": allowance, "used": gate.free_reads_used})


def _license_step(trace: LicenseTrace, products: Mapping[int, str]) -> Step:
    name = products.get(trace.facts.product_id, f"#{trace.facts.product_id}")
    text = (
        gettext("Seat on license %(reference)s for %(product)s: %(state)s")
        if trace.is_seat
        else gettext("License %(reference)s for %(product)s: %(state)s")
    )
    state = f" {arrow()} ".join([_state(trace), *_dates(trace), _verdict(trace)])
    values = {"reference": trace.reference, "product": name, "state": state}
    return Step(text % values, trace.allowed, license_id=trace.facts.id)


def _state(trace: LicenseTrace) -> str:
    state = trace.facts.state
    if state == State.GRACE:
        return gettext("past due")
    if state in LicenseState.values:
        return str(LicenseState(state).label).lower()
    return state


def _dates(trace: LicenseTrace) -> Iterator[str]:
    facts = trace.facts
    if trace.reason is AccessReason.LICENSE_NOT_STARTED:
        yield gettext("starts on %(instant)s") % {"instant": instant_words(facts.starts_at)}
    elif (
        trace.reason in (AccessReason.LICENSE_EXPIRED, AccessReason.KEPT)
        and facts.access_until is not None
    ):
        yield gettext("access ended on %(instant)s") % {"instant": instant_words(facts.access_until)}
    elif trace.reason is AccessReason.NOT_YET:
        yield gettext("held since %(instant)s") % {"instant": instant_words(facts.held_since)}
    elif trace.allowed and facts.state == State.GRACE:
        yield gettext("grace until %(instant)s") % {"instant": instant_words(facts.access_until)}
    elif trace.allowed and facts.access_until is None:
        yield gettext("access without end")
    elif trace.allowed:
        yield gettext("access until %(instant)s") % {"instant": instant_words(facts.access_until)}


def _verdict(trace: LicenseTrace) -> str:
    if trace.reason is AccessReason.NOT_YET:
        return gettext("opens on %(instant)s") % {"instant": instant_words(trace.unlocks_at)}
    return str(_VERDICTS.get(trace.reason, _VERDICTS[AccessReason.OTHER_PRODUCT]))


#: Verdicts on a license that has ended.
_ENDED = (AccessReason.LICENSE_EXPIRED, AccessReason.KEPT)

_VERDICTS = {
    AccessReason.LICENSE: gettext_lazy("opens"),
    AccessReason.KEPT: gettext_lazy("opens: this was published while it was held, and is kept"),
    AccessReason.OTHER_PRODUCT: gettext_lazy("does not open this gate: it is for another product"),
    AccessReason.LICENSE_PENDING: gettext_lazy("does not open: it waits to become active"),
    AccessReason.LICENSE_NOT_STARTED: gettext_lazy("does not open yet"),
    AccessReason.LICENSE_EXPIRED: gettext_lazy("does not open any more"),
    AccessReason.LICENSE_SUSPENDED: gettext_lazy("does not open while it is suspended"),
    AccessReason.LICENSE_REVOKED: gettext_lazy("does not open any more, for good"),
}

_OUTCOMES = {
    AccessReason.NO_GATE: gettext_lazy("Allowed: no gate stands before it."),
    AccessReason.OPEN_TO_ALL: gettext_lazy("Allowed: it is open to everyone."),
    AccessReason.SIGNED_IN: gettext_lazy("Allowed: any signed-in member gets in."),
    AccessReason.LICENSE: gettext_lazy("Allowed: a license opens it."),
    AccessReason.KEPT: gettext_lazy("Allowed: it was published while a license was held."),
    AccessReason.METERED: gettext_lazy("Allowed: one of the free pages of the month."),
    AccessReason.GRANT: gettext_lazy("Allowed: access was given by hand."),
    AccessReason.EDITOR: gettext_lazy("Allowed: may edit it."),
    AccessReason.SIGN_IN_REQUIRED: gettext_lazy("Denied: not signed in."),
    AccessReason.LICENSE_REQUIRED: gettext_lazy("Denied: nothing that is held opens it."),
    AccessReason.OTHER_PRODUCT: gettext_lazy("Denied: the license is for another product."),
    AccessReason.LICENSE_PENDING: gettext_lazy("Denied: the license is pending."),
    AccessReason.LICENSE_NOT_STARTED: gettext_lazy("Denied: the license has not started."),
    AccessReason.LICENSE_EXPIRED: gettext_lazy("Denied: the license has ended."),
    AccessReason.LICENSE_SUSPENDED: gettext_lazy("Denied: the license is suspended."),
    AccessReason.LICENSE_REVOKED: gettext_lazy("Denied: the license was revoked."),
    AccessReason.NOT_YET: gettext_lazy("Denied: the license has not been held for long enough."),
    AccessReason.DOWNLOADS_USED_UP: gettext_lazy("Denied: the downloads of the month are used up."),
    AccessReason.INACTIVE_USER: gettext_lazy("Denied: the account is inactive."),
    AccessReason.ERROR: gettext_lazy("Denied: something went wrong while deciding; the log says more."),
}
