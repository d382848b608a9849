"""Everything that the admin of this package registers with Wagtail, in one place."""

from typing import Any

from django.urls import include, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.snippets.models import register_snippet

from ..models import MailText
from .access_report import AccessReportView, reports_menu_item
from .application_bulk_actions import BULK_APPLICATION_ACTIONS
from .applications import ApplicationViewSet
from .as_of import AsOfView
from .billing_health import BillingHealthMenuItem, BillingHealthView
from .bulk_undo import BulkUndoView
from .buttons import page_header_buttons, page_listing_buttons, user_listing_buttons
from .certificates import CertificateViewSet
from .downloads import DownloadViewSet
from .explain import ExplainView
from .figure_lists import FIGURE_LISTS
from .gates import GateViewSet
from .history_report import HistoryReportView, history_menu_item
from .home import add_summary_items
from .imports import ImportViewSet
from .lesson_order import LessonOrderView
from .license_bulk_actions import BULK_ACTIONS
from .licenses import LicenseViewSet
from .links import ADMIN
from .log_actions import register_log_actions
from .mail_texts import MailTextViewSet, TryMailView, mail_text_buttons
from .mails import MailViewSet
from .moves import before_bulk_move, before_copy_page, before_move_page
from .overview import OverviewMenuItem, OverviewView, add_figures_panel
from .page_access import PageAccessView
from .page_bulk_access import SetAccess
from .page_viewset import BETWEEN, page_viewset
from .permissions import billing_permissions, register_policies
from .privacy import DeletePersonView, ExportPersonView
from .product_chooser import product_chooser
from .products import ProductViewSet
from .quizzes import QuizViewSet
from .team_domains import TeamDomainViewSet
from .timeline import PersonTimelineView
from .userbar import add_view_as
from .users import before_bulk_action, before_delete_user


class LicensingGroup(ModelViewSetGroup):
    """The "Licensing" menu: each of its lists for those who may see it."""

    items = (
        LicenseViewSet,
        ApplicationViewSet,
        ProductViewSet,
        GateViewSet,
        MailViewSet,
        DownloadViewSet,
        QuizViewSet,
        CertificateViewSet,
        ImportViewSet,
        TeamDomainViewSet,
    )
    menu_label = gettext_lazy("Licensing")
    menu_icon = "key"
    menu_order = 350

    def get_submenu_items(self) -> list[Any]:
        """Add the mail texts, registered by themselves for their drafts, and billing health."""
        items = super().get_submenu_items()
        mail_texts = MailText.snippet_viewset.get_menu_item(order=len(items) + 1)
        return [OverviewMenuItem(), *items, mail_texts, BillingHealthMenuItem()]


def admin_urls() -> list[Any]:
    """Return the views that belong to no viewset."""
    patterns = [
        path("licensing/access/<int:page_id>/", PageAccessView.as_view(), name="page_access"),
        path("licensing/undo/<str:token>/", BulkUndoView.as_view(), name="bulk_undo"),
        path("licensing/lessons/<int:page_id>/", LessonOrderView.as_view(), name="lesson_order"),
        path("licensing/report/", AccessReportView.as_view(), name="access_report"),
        path(
            "licensing/report/results/",
            AccessReportView.as_view(results_only=True),
            name="access_report_results",
        ),
        path("licensing/explain/", ExplainView.as_view(), name="explain"),
        path("licensing/mail-texts/<int:pk>/try/", TryMailView.as_view(), name="try_mail"),
        path("licensing/people/<int:user_id>/export/", ExportPersonView.as_view(), name="export_person"),
        path("licensing/people/<int:user_id>/delete/", DeletePersonView.as_view(), name="delete_person"),
        path(
            "licensing/people/<int:user_id>/timeline/",
            PersonTimelineView.as_view(),
            name="person_timeline",
        ),
        path("licensing/people/<int:user_id>/as-of/", AsOfView.as_view(), name="person_as_of"),
        path("licensing/billing/", BillingHealthView.as_view(), name="billing_health"),
        path("licensing/history/", HistoryReportView.as_view(), name="history_report"),
        path(
            "licensing/history/results/",
            HistoryReportView.as_view(results_only=True),
            name="history_report_results",
        ),
        path("licensing/overview/", OverviewView.as_view(), name="overview"),
    ]
    for name, view in FIGURE_LISTS.items():
        address, results = f"licensing/overview/{name}/", view.as_view(results_only=True)
        patterns += [
            path(address, view.as_view(), name=f"figure_{name}"),
            path(f"{address}results/", results, name=f"figure_{name}_results"),
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
    register_snippet(MailTextViewSet)
    hooks.register("register_admin_viewset", LicensingGroup)
    hooks.register("register_admin_viewset", page_viewset, order=BETWEEN)
    hooks.register("register_admin_viewset", product_chooser)
    hooks.register("register_admin_urls", admin_urls)
    hooks.register("insert_global_admin_css", admin_css)
    hooks.register("insert_global_admin_js", admin_js)
    hooks.register("register_page_header_buttons", page_header_buttons)
    hooks.register("register_page_listing_buttons", page_listing_buttons)
    hooks.register("construct_wagtail_userbar", add_view_as)
    hooks.register("register_user_listing_buttons", user_listing_buttons)
    hooks.register("register_snippet_listing_buttons", mail_text_buttons)
    hooks.register("register_reports_menu_item", reports_menu_item)
    hooks.register("register_reports_menu_item", history_menu_item)
    hooks.register("register_log_actions", register_log_actions)
    hooks.register("register_permissions", billing_permissions)
    hooks.register("construct_homepage_summary_items", add_summary_items)
    hooks.register("construct_homepage_panels", add_figures_panel)
    hooks.register("before_move_page", before_move_page)
    hooks.register("before_copy_page", before_copy_page)
    hooks.register("before_bulk_action", before_bulk_move)
    hooks.register("before_delete_user", before_delete_user)
    hooks.register("before_bulk_action", before_bulk_action)
    for action in (*BULK_ACTIONS, *BULK_APPLICATION_ACTIONS, SetAccess):
        hooks.register("register_bulk_action", action)
