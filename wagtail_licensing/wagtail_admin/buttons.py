"""Our buttons on screens of Wagtail's own: on pages, and in the list of users."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from wagtail.admin.widgets.button import Button, ListingButton

from ..models import CourseMixin
from .links import explain_url, lesson_order_url, licenses_url, page_access_url, person_url, timeline_url
from .page_state import state_of_page
from .permissions import CHANGE_GATES, DELETE_ACCOUNTS, EXPORT_ACCOUNTS, VIEW_LICENSES, may_set_access
from .targets import may_ask_why, token_of


def page_header_buttons(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Offer "Access" in the header of the editor and of the explorer, with how the page stands, and
    to explain it to those who may see licenses; on a course, the order of its lessons."""
    if issubclass(page.specific_class or type(page), CourseMixin) and (
        page.permissions_for_user(user).can_reorder_children()
    ):
        yield Button(
            gettext("Order of lessons"), url=lesson_order_url(page), icon_name="list-ol", priority=18
        )
    if page.is_root() or not may_set_access(user, page):
        return
    state = state_of_page(page)
    yield Button(
        state.label,
        url=page_access_url(page, next_url or ""),
        icon_name=state.icon,
        attrs={"data-wl-access": "state", "aria-haspopup": "dialog"},
        priority=16,
    )
    if may_ask_why(user, page):
        yield Button(
            gettext("Explain access"),
            url=explain_url(token_of(page)),
            icon_name="help",
            priority=17,
        )


def page_listing_buttons(page: Any, user: Any, next_url: str | None = None) -> Iterator[ListingButton]:
    """Offer "Access" on every row of the explorer."""
    if page.is_root() or not may_set_access(user, page):
        return
    title = page.get_admin_display_title()
    yield ListingButton(
        gettext("Access"),
        url=page_access_url(page, next_url or ""),
        icon_name="lock",
        attrs={
            "data-wl-access": "",
            "aria-haspopup": "dialog",
            "aria-label": gettext("Who can read “%(title)s”") % {"title": title},
        },
        priority=40,
    )


def user_listing_buttons(user: Any, request_user: Any) -> Iterator[Button]:
    """Offer the licenses of a person in the list of users."""
    if request_user.has_perm(VIEW_LICENSES):
        yield Button(
            gettext("Licenses"),
            url=licenses_url(holder=user.get_username()),
            icon_name="key",
            priority=25,
        )
        yield Button(gettext("Timeline"), url=timeline_url(user=user), icon_name="history", priority=25)
        if request_user.has_perm(CHANGE_GATES):
            yield Button(
                gettext("Explain access"),
                url=explain_url(user=user.pk),
                icon_name="help",
                priority=26,
            )
    for permission, name, words, icon in (
        (EXPORT_ACCOUNTS, "export_person", gettext("Export data"), "download"),
        (DELETE_ACCOUNTS, "delete_person", gettext("Delete account and data"), "bin"),
    ):
        if request_user.has_perm(permission):
            yield Button(words, url=person_url(name, user), icon_name=icon, priority=27)
