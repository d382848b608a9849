"""Tell an editor what becomes of the rule of a page, before it is moved or copied."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages

from ..compat import page_model
from ..gates.places import Outcome, Place, place_under
from ..gates.write import gate_facts
from .log_actions import product_names, rule_words
from .page_state import state_of_page
from .permissions import CHANGE_GATES


def before_move_page(request: Any, page: Any, destination: Any) -> HttpResponse | None:
    """Hook: say who can read ``page`` in its new place; refuse only what would open it to more people
    by somebody who may not change gates."""
    place = place_under(page, destination)
    if place.is_wider and not request.user.has_perm(CHANGE_GATES):
        text = gettext(
            "“%(title)s” was not moved: more people could read it there, and you may not change gates."
        )
        messages.error(request, text % {"title": page.get_admin_display_title()})
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    sentence = place_words(place)
    if request.method == "GET" and sentence:
        messages.warning(request, sentence)
    return None


def before_bulk_move(
    request: Any, action_type: str, objects: Any, action_class_instance: Any
) -> HttpResponse | None:
    """Hook: refuse the same for many pages at once; all or none are moved."""
    page_type = page_model()
    if action_type != "move" or request.user.has_perm(CHANGE_GATES):
        return None
    form = action_class_instance.cleaned_form
    destination = form.cleaned_data.get("chooser") if form is not None else None
    pages = [page for page in objects if isinstance(page, page_type)]
    if not isinstance(destination, page_type):
        return None
    if not any(place_under(page, destination).is_wider for page in pages):
        return None
    text = gettext("Nothing was moved: more people could read it there, and you may not change gates.")
    messages.error(request, text)
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk)


def before_copy_page(request: Any, page: Any) -> None:
    """Hook: say what a copy takes along; where it goes is chosen in the form that follows."""
    state = state_of_page(page)
    if request.method != "GET" or state.gate is None:
        return
    rule = _rule(state.gate)
    text = (
        gettext("The copy has the same rule of its own: %(rule)s.")
        if state.is_own
        else gettext("Where the copy would be open, it takes the rule along: %(rule)s.")
    )
    messages.info(request, text % {"rule": rule})


def place_words(place: Place) -> str:
    """Return in a sentence who can read a page in its new place, empty where nothing changes."""
    was, becomes = _rule(place.was), _rule(place.becomes)
    if place.outcome is Outcome.GOES_ALONG:
        text = gettext("Nothing above the new place locks this page. It takes its rule along: %(rule)s.")
        return text % {"rule": was}
    if place.outcome is Outcome.FOLLOWS:
        text = gettext("In the new place another rule applies: %(new)s. Now: %(old)s.")
        return text % {"new": becomes, "old": was}
    if place.outcome is Outcome.LOCKED:
        text = gettext("The new place is locked, and this page with it: %(rule)s.")
        return text % {"rule": becomes}
    return ""


def _rule(gate: Any) -> str:
    facts = gate_facts(gate)
    return rule_words(facts, product_names(facts)) if facts else ""
