"""What the side panel, the dialog and the plain page say: who can read a page now, and the form."""

from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext, ngettext

from ..access import effective_gates
from ..conf import now
from ..gates.impact import Impact
from ..gates.personas import PREFIX
from ..gates.write import gate_facts
from ..models import Gate
from ..models.gates import WithoutAccess
from .access_form import PageAccessForm, facts_of_choice, initial_of
from .links import explain_url, page_access_url
from .page_state import count_below, state_above_page, state_of_page
from .permissions import may_set_access
from .targets import may_ask_why, token_of
from .words import instant_words

#: For how many seconds a change can be undone by its link.
UNDO_FOR = 24 * 60 * 60
_UNDO = "wagtail_licensing.undo"


def access_context(page: Any, user: Any, *, back_url: str, form: Any = None) -> dict[str, Any]:
    """Say who can read ``page`` now, where that comes from, and for how many pages it counts.

    ``form`` is only given to those who may set it. About ten queries.
    """
    state = state_of_page(page)
    return {
        "page_object": page,
        "form": form,
        "state": state,
        "readers": state.readers(now()),
        "others": others_words(state.gate),
        "dates": date_words(state.gate),
        "source": _source(state, user),
        "several": len(effective_gates(page)) > 1,
        "above": state_above_page(page) if form is not None else None,
        "below": count_below(page),
        "action_url": page_access_url(page, back_url),
        "back_url": back_url,
        "previews": previews_of(page),
        "explain_url": explain_url(token_of(page)) if may_ask_why(user, page) else "",
    }


def panel_context(page: Any, user: Any, *, back_url: str) -> dict[str, Any]:
    """Return the same for the side panel, with a fresh form for those who may set access."""
    form = None
    if may_set_access(user, page):
        gate = own_gate_of(page)
        form = PageAccessForm(gate=gate, initial=initial_of(gate_facts(gate)), auto_id="wl_panel_%s")
    return access_context(page, user, back_url=back_url, form=form)


def previews_of(page: Any) -> list[dict[str, str]]:
    """Return as whom the draft of ``page`` can be looked at, each with its address. One query."""
    url = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
    return [
        {"label": str(label), "url": f"{url}?{urlencode({'mode': mode})}"}
        for mode, label in page.preview_modes
        if mode.startswith(PREFIX)
    ]


def own_gate_of(page: Any) -> Gate | None:
    """Return the gate on the page itself. One query."""
    return Gate.objects.filter(page_id=page.pk).first()


def _source(state: Any, user: Any) -> dict[str, str] | None:
    """Name what the rule is inherited from, with a link for those who may follow it."""
    if state.gate is None or state.is_own:
        return None
    if not state.gate.page_id:
        return {"title": state.gate.target_label, "url": ""}
    ancestor = state.gate.page.specific_deferred
    editable = ancestor.permissions_for_user(user).can_edit()
    url = reverse("wagtailadmin_pages:edit", args=[ancestor.pk]) if editable else ""
    return {"title": ancestor.get_admin_display_title(), "url": url}


def others_words(gate: Gate | None) -> str:
    """Return what people without access see, as the end of a sentence."""
    if gate is None:
        return ""
    words = {
        WithoutAccess.TEASER: gettext("Everyone else sees the teaser."),
        WithoutAccess.LOGIN: gettext("Everyone else is sent to sign in, then sees the teaser."),
        WithoutAccess.NOT_FOUND: gettext("Everyone else sees “not found”."),
    }[WithoutAccess(gate.without_access)]
    if not gate.free_reads:
        return words
    meter = ngettext(
        "Whoever is signed in reads %(count)d page a month free of charge.",
        "Whoever is signed in reads %(count)d pages a month free of charge.",
        gate.free_reads,
    ) % {"count": gate.free_reads}
    return f"{words} {meter}"


def date_words(gate: Gate | None) -> list[str]:
    """Return what the dates of a gate mean now, a sentence each."""
    if gate is None:
        return []
    words = []
    at = now()
    if gate.free_until and at < gate.free_until:
        text = gettext("Open to everyone until %(when)s.")
        words.append(text % {"when": instant_words(gate.free_until)})
    if gate.free_from:
        text = (
            gettext("Open to everyone since %(when)s.")
            if gate.free_from <= at
            else gettext("Open to everyone from %(when)s.")
        )
        words.append(text % {"when": instant_words(gate.free_from)})
    return words


def impact_words(impact: Impact) -> list[str]:
    """Return what would happen, a clause each; the worst first."""
    words = []
    if impact.lose:
        text = ngettext("%(count)d member loses access", "%(count)d members lose access", impact.lose)
        words.append(text % {"count": impact.lose})
    if impact.public:
        text = ngettext("%(count)d page becomes public", "%(count)d pages become public", impact.public)
        words.append(text % {"count": impact.public})
    if impact.public_others:
        text = ngettext(
            "%(count)d file or area becomes public",
            "%(count)d files or areas become public",
            impact.public_others,
        )
        words.append(text % {"count": impact.public_others})
    if impact.drops_kept:
        words.append(gettext("people whose license has ended lose what they kept"))
    if impact.gain:
        text = ngettext("%(count)d member gains access", "%(count)d members gain access", impact.gain)
        words.append(text % {"count": impact.gain})
    return words


def confirmation_of(page: Any, user: Any, cleaned: dict[str, Any], impact: Impact) -> str:
    """Return what has to come back to show that just this change, and what it does, was seen."""
    seen = [page.pk, user.pk, facts_of_choice(cleaned), impact.lose, impact.public, impact.drops_kept]
    return salted_hmac("wagtail_licensing.impact", repr(seen), algorithm="sha256").hexdigest()


def is_confirmed(sent: str, expected: str) -> bool:
    """Tell whether the right confirmation came back."""
    return constant_time_compare(sent, expected)


def undo_url(page: Any, before: dict[str, Any] | None) -> str:
    """Return the address of the form filled with what stood before."""
    token = signing.dumps([page.pk, before], salt=_UNDO, compress=True)
    return page_access_url(page, undo=token)


def undone(page: Any, token: str) -> tuple[bool, dict[str, Any] | None]:
    """Return whether ``token`` is good for ``page``, and the facts of the gate that stood before."""
    try:
        page_id, facts = signing.loads(token, salt=_UNDO, max_age=UNDO_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return False, None
    return page_id == page.pk, facts
