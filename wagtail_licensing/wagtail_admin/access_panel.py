"""The "Access" side panel of the page editor: who can read this page, and the form that sets it."""

from typing import Any

from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.views.pages.edit import EditView

from .access_screen import panel_context
from .page_state import PageState, state_of_page


class AccessSidePanel(BaseSidePanel):
    """Says in a sentence who can read the page; who may sets it there, at once.

    It stands outside the form of the page: what is typed there stays as it is.
    """

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        """The button of the panel: a lock that shows how the page stands, and the product's name."""

        template_name = "wagtail_licensing/admin/access_toggle.html"

        def get_context_data(self, parent_context: Any) -> dict[str, Any]:
            """Say how the page stands."""
            context = super().get_context_data(parent_context)
            return {**context, "state": self.panel.state, "panel_title": str(self.panel.title)}

    name = "licensing-access"
    title = gettext_lazy("Access")
    template_name = "wagtail_licensing/admin/access_panel.html"
    order = 250

    @cached_property
    def state(self) -> PageState:
        """Return how the page stands."""
        return state_of_page(self.object)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Say who can read the page; a component gets no CSRF token by itself."""
        context = super().get_context_data(parent_context)
        back = reverse("wagtailadmin_pages:edit", args=[self.object.pk])
        shown = panel_context(self.object, self.request.user, back_url=back)
        return {
            **context,
            **shown,
            "csrf_token": get_token(self.request),
            "place": "panel",
            "failed": gettext("That did not work. Nothing was changed; please try again."),
        }


class LicensingEditViewMixin:
    """Puts the "Access" side panel into the editor of pages.

    For the ``edit_view_class`` of a ``PageViewSet`` of your own (Wagtail 8): put it before Wagtail's
    view class. Costs about ten queries a page, whatever the number of gates, pages and people.
    """

    def get_side_panels(self) -> Any:
        """Return the side panels of the editor with ours among them."""
        panels = super().get_side_panels()  # type: ignore[misc]
        page, request = self.page, self.request  # type: ignore[attr-defined]
        partly = getattr(self, "expects_json_response", False)
        if page.pk and not page.is_root() and not partly:
            panels.append(AccessSidePanel(page, request))
        return panels


class LicensingEditView(LicensingEditViewMixin, EditView):
    """The editor of pages with the "Access" side panel."""
