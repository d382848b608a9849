"""Wagtail's log: what happens to licenses and gates shows in Site history and page history."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy
from wagtail.log_actions import LogContext, LogFormatter, log

from ..models import LicenseProduct
from ..models.gates import GateAudience, WithoutAccess
from ..signals import gate_changed, license_changed, license_issued
from .words import CAUSE_WORDS, EVENT_WORDS, event_words

LICENSE_ACTION = "wagtail_licensing.license."
OTHER_LICENSE_ACTION = LICENSE_ACTION + "changed"
PAGE_ACTION = "wagtail_licensing.page.access"
GATE_ACTION = "wagtail_licensing.gate."


class LicenseFormatter(LogFormatter):
    """Says what happened to a license, by which cause and why."""

    def format_message(self, log_entry: Any) -> str:
        """Return the line of the log."""
        data = log_entry.data or {}
        cause = CAUSE_WORDS.get(data.get("cause", ""))
        words = event_words(data.get("kind", "changed"))
        return f"{words} ({cause})" if cause else words

    def format_comment(self, log_entry: Any) -> str:
        """Return the reason that was given."""
        return str((log_entry.data or {}).get("reason", ""))


class PageAccessFormatter(LogFormatter):
    """Says who could read a page before a change, and who can after it."""

    label = gettext_lazy("Change who can read this")

    def format_message(self, log_entry: Any) -> str:
        """Return the line of the log."""
        return gettext("Changed who can read this")

    def format_comment(self, log_entry: Any) -> str:
        """Return before and after."""
        data = log_entry.data or {}
        names = {int(pk): name for pk, name in data.get("products", {}).items()}
        before = rule_words(data.get("before"), names)
        return f"{before} → {rule_words(data.get('after'), names)}"


def register_log_actions(actions: Any) -> None:
    """Register every action that the receivers below write."""
    for kind, words in EVENT_WORDS.items():
        _register(actions, LICENSE_ACTION + kind, words)
    _register(actions, OTHER_LICENSE_ACTION, gettext_lazy("License changed"))
    actions.register_action(PAGE_ACTION)(PageAccessFormatter)
    for action, words in (
        ("created", gettext_lazy("Gate put up")),
        ("changed", gettext_lazy("Gate changed")),
        ("removed", gettext_lazy("Gate taken away")),
    ):
        actions.register_action(GATE_ACTION + action, words, words)


def _register(actions: Any, name: str, label: Any) -> None:
    actions.register_action(name)(type("_LicenseFormatter", (LicenseFormatter,), {"label": label}))


def product_names(*facts: dict[str, Any] | None) -> dict[int, str]:
    """Return the names of the products that ``facts`` of gates speak of. One query."""
    wanted = {pk for fact in facts if fact for pk, _days in fact["rules"]}
    return dict(LicenseProduct.objects.filter(pk__in=wanted).values_list("pk", "name"))


def rule_words(facts: dict[str, Any] | None, names: dict[int, str]) -> str:
    """Return what a gate's facts say, in one line: who gets in, what the others see."""
    if facts is None:
        return gettext("same as parent")
    audience = facts["audience"]
    if audience == GateAudience.EVERYONE:
        return gettext("everyone (free preview)")
    if audience == GateAudience.MEMBERS:
        who = gettext("any signed-in member")
    else:
        listed = [_rule(names.get(pk, f"#{pk}"), days) for pk, days in facts["rules"]]
        who = gettext("people with a license for %(products)s") % {"products": ", ".join(listed)}
    others = WithoutAccess(facts["without_access"]).label
    return gettext("%(who)s; others see: %(others)s") % {"who": who, "others": others}


def _rule(name: str, days: int) -> str:
    return gettext("%(product)s after %(days)d days") % {"product": name, "days": days} if days else name


def log_license_change(*, license: Any, event: Any, **kwargs: Any) -> None:
    """Write a line about a license; a machine has no name, not even that of who is signed in."""
    action = LICENSE_ACTION + event.kind if event.kind in EVENT_WORDS else OTHER_LICENSE_ACTION
    data = {"kind": event.kind, "cause": event.cause, "reason": event.reason, "event": event.pk}
    with LogContext(user=event.actor):
        log(instance=license, action=action, data=data, title=license.reference)


def log_gate_change(
    *, gate: Any, user: Any, action: str, before: Any = None, after: Any = None, **kwargs: Any
) -> None:
    """Write a line about a gate, into the history of its page if it has one."""
    # The names are kept too, so that the line says the same when a product is renamed or gone.
    data = {"before": before, "after": after, "products": product_names(before, after)}
    page = gate.page if gate.page_id else None
    with LogContext(user=user):
        if page is not None:
            log(instance=page.specific_deferred, action=PAGE_ACTION, data=data)
        else:
            log(instance=gate, action=GATE_ACTION + action, data=data, title=str(gate))


def connect() -> None:
    """Have the log written when licenses and gates change; called once, when all is ready."""
    license_issued.connect(log_license_change, dispatch_uid="wagtail_licensing.log.issued")
    license_changed.connect(log_license_change, dispatch_uid="wagtail_licensing.log.changed")
    gate_changed.connect(log_gate_change, dispatch_uid="wagtail_licensing.log.gate")
