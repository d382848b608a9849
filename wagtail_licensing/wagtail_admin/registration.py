"""Everything that the admin of this package registers with Wagtail, in one place."""

from typing import Any

from django.urls import include, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.viewsets.model import ModelViewSetGroup

from .buttons import page_header_buttons, page_listing_buttons, user_listing_buttons
from .gates import GateViewSet
from .home import add_summary_items
from .license_bulk_actions import BULK_ACTIONS
from .licenses import LicenseViewSet
from .links import ADMIN
from .log_actions import register_log_actions
from .page_access import PageAccessView
from .permissions import register_policies
from .products import ProductViewSet
from .users import before_bulk_action, before_delete_user


class LicensingGroup(ModelViewSetGroup):
    """The "Licensing" menu: licenses, products, gates; each for those who may see it."""

    items = (LicenseViewSet, ProductViewSet, GateViewSet)
    menu_label = gettext_lazy("Licensing")
    menu_icon = "key"
    menu_order = 350


def admin_urls() -> list[Any]:
    """Return the views that belong to no viewset."""
    patterns = [
        path("licensing/access/<int:page_id>/", PageAccessView.as_view(), name="page_access"),
    ]
    return [path("", include((patterns, ADMIN)))]


def admin_css() -> str:
    """Return the link to our style sheet."""
    return format_html(
        '<link rel="stylesheet" href="{}">', versioned_static("wagtail_licensing/admin/licensing.css")
    )


def admin_js() -> str:
    """Return our script: it opens the access dialog and shows the target that fits a gate's kind."""
    return format_html(
        '<script defer src="{}"></script>', versioned_static("wagtail_licensing/admin/licensing.js")
    )


def register_admin() -> None:
    """Register everything; called once, when Wagtail looks for hooks."""
    register_policies()
    hooks.register("register_admin_viewset", LicensingGroup)
    hooks.register("register_admin_urls", admin_urls)
    hooks.register("insert_global_admin_css", admin_css)
    hooks.register("insert_global_admin_js", admin_js)
    hooks.register("register_page_header_buttons", page_header_buttons)
    hooks.register("register_page_listing_buttons", page_listing_buttons)
    hooks.register("register_user_listing_buttons", user_listing_buttons)
    hooks.register("register_log_actions", register_log_actions)
    hooks.register("construct_homepage_summary_items", add_summary_items)
    hooks.register("before_delete_user", before_delete_user)
    hooks.register("before_bulk_action", before_bulk_action)
    for action in BULK_ACTIONS:
        hooks.register("register_bulk_action", action)
