"""Wagtail's log: what happens to licenses and gates shows in Site history and page history."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy, ngettext
from wagtail.log_actions import LogContext, LogFormatter, log
from wagtail.models import ModelLogEntry

from ..models import License, LicenseProduct
from ..models.gates import GateAudience, WithoutAccess
from ..reports.timeline import EVIDENCE_EXPORTED
from ..signals import gate_changed, history_committed
from .words import CAUSE_WORDS, EVENT_WORDS, arrow, event_words, instant_words

LICENSE_ACTION = "wagtail_licensing.license."
OTHER_LICENSE_ACTION = LICENSE_ACTION + "changed"
PAGE_ACTION = "wagtail_licensing.page.access"
GATE_ACTION = "wagtail_licensing.gate."
CERTIFICATE_REVOKED = "wagtail_licensing.certificate.revoked"
EXPORT_ACCOUNT = "wagtail_licensing.account.exported"
DELETE_ACCOUNT = "wagtail_licensing.account.deleted"


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


class AccountFormatter(LogFormatter):
    """Says what staff did for a person who asked, and why."""

    def format_comment(self, log_entry: Any) -> str:
        """Return the reason that was given."""
        return str((log_entry.data or {}).get("reason", ""))


class EvidenceFormatter(AccountFormatter):
    """Says that somebody took a pack of evidence about a license, and why."""

    label = gettext_lazy("Evidence for a dispute handed out")
    message = label


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
        return f"{before} {arrow()} {rule_words(data.get('after'), names)}"


class CertificateFormatter(LogFormatter):
    """Says that a certificate was revoked, and why."""

    label = gettext_lazy("Certificate revoked")

    def format_message(self, log_entry: Any) -> str:
        """Return the line of the log."""
        return gettext("Certificate revoked")

    def format_comment(self, log_entry: Any) -> str:
        """Return the reason that was given."""
        return str((log_entry.data or {}).get("reason", ""))


def register_log_actions(actions: Any) -> None:
    """Register every action that the receivers below write."""
    for kind, words in EVENT_WORDS.items():
        _register(actions, LICENSE_ACTION + kind, words)
    _register(actions, OTHER_LICENSE_ACTION, gettext_lazy("License changed"))
    actions.register_action(EVIDENCE_EXPORTED)(EvidenceFormatter)
    actions.register_action(PAGE_ACTION)(PageAccessFormatter)
    actions.register_action(CERTIFICATE_REVOKED)(CertificateFormatter)
    for action, words in (
        ("created", gettext_lazy("Gate put up")),
        ("changed", gettext_lazy("Gate changed")),
        ("removed", gettext_lazy("Gate taken away")),
    ):
        actions.register_action(GATE_ACTION + action, words, words)

    for action, words in (
        (EXPORT_ACCOUNT, gettext_lazy("What is known about the person exported")),
        (DELETE_ACCOUNT, gettext_lazy("Deletion of the account asked for")),
    ):
        actions.register_action(action)(
            type("_AccountFormatter", (AccountFormatter,), {"label": words, "message": words})
        )


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
    words = gettext("%(who)s; others see: %(others)s") % {"who": who, "others": others}
    return "; ".join([words, *_more_words(facts, names)])


def _more_words(facts: dict[str, Any], names: dict[int, str]) -> list[str]:
    """Return what a gate says beside who gets in: what is kept, its dates and its meter."""
    words = []
    if facts.get("keeps"):
        kept = ", ".join(names.get(pk, f"#{pk}") for pk in facts["keeps"])
        words.append(gettext("%(products)s keeps what was published while held") % {"products": kept})
    for pk, count in facts.get("downloads", ()):
        text = ngettext(
            "%(product)s: %(count)d download a month", "%(product)s: %(count)d downloads a month", count
        )
        words.append(text % {"product": names.get(pk, f"#{pk}"), "count": count})
    if until := facts.get("free_until"):
        when = instant_words(parse_datetime(until))
        words.append(gettext("open to everyone until %(when)s") % {"when": when})
    if since := facts.get("free_from"):
        when = instant_words(parse_datetime(since))
        words.append(gettext("open to everyone from %(when)s") % {"when": when})
    if count := facts.get("free_reads"):
        text = ngettext("%(count)d free page a month", "%(count)d free pages a month", count)
        words.append(text % {"count": count})
    return words


def _rule(name: str, days: int) -> str:
    return gettext("%(product)s after %(days)d days") % {"product": name, "days": days} if days else name


def log_license_changes(*, lines: Any, **kwargs: Any) -> None:
    """Write a line about each license that changed; a machine has no name, not even that of who is
    signed in. One statement for all of them."""
    kind = ContentType.objects.get_for_model(License, for_concrete_model=False)
    entries = []
    for license, event in lines:
        action = LICENSE_ACTION + event.kind if event.kind in EVENT_WORDS else OTHER_LICENSE_ACTION
        data = {"kind": event.kind, "cause": event.cause, "reason": event.reason, "event": event.pk}
        context = LogContext(user=event.actor)
        entries.append(
            ModelLogEntry(
                content_type=kind,
                object_id=str(license.pk),
                label=license.reference,
                action=action,
                data=data,
                timestamp=timezone.now(),
                user=context.user,
                uuid=context.uuid,
            )
        )
    ModelLogEntry.objects.bulk_create(entries)


def log_gate_change(
    *,
    gate: Any,
    user: Any,
    action: str,
    before: Any = None,
    after: Any = None,
    batch: Any = None,
    **kwargs: Any,
) -> None:
    """Write a line about a gate, into the history of its page if it has one. What one person changed
    at once has the same ``batch``."""
    # The names are kept too, so that the line says the same when a product is renamed or gone.
    data = {"before": before, "after": after, "products": product_names(before, after)}
    page = gate.page if gate.page_id else None
    context = LogContext(user=user)
    context.uuid = batch or context.uuid
    with context:
        if page is not None:
            log(instance=page.specific_deferred, action=PAGE_ACTION, data=data)
        else:
            log(instance=gate, action=GATE_ACTION + action, data=data, title=str(gate))


def connect() -> None:
    """Have the log written when licenses and gates change; called once, when all is ready."""
    history_committed.connect(log_license_changes, dispatch_uid="wagtail_licensing.log.licenses")
    gate_changed.connect(log_gate_change, dispatch_uid="wagtail_licensing.log.gate")
