"""Our buttons on screens of Wagtail's own: on pages, and in the list of users."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from wagtail.admin.widgets.button import Button, ListingButton

from .links import licenses_url, page_access_url
from .page_state import state_of_page
from .permissions import VIEW_LICENSES, may_set_access


def page_header_buttons(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Offer "Access" in the header of the editor and of the explorer, with how the page stands."""
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
