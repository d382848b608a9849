"""The order of the lessons of a course: buttons that need no script, and rows that can be dragged."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..compat import page_model
from ..models import CourseMixin
from .links import lesson_order_url

#: Stands for the id of a page in the address that Wagtail's script calls; the script replaces it.
_ANY_PAGE = 999999


class LessonOrderView(WagtailAdminTemplateMixin, TemplateView):
    """Lists what lies under a course in order; moves a row up or down by a button.

    Dragging is Wagtail's own script, which calls Wagtail's own view of the same permission.
    """

    template_name = "wagtail_licensing/admin/lesson_order.html"
    page_title = gettext_lazy("Order of lessons")
    header_icon = "list-ol"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse those who may not reorder the pages under the course."""
        page = get_object_or_404(page_model(), pk=kwargs["page_id"])
        self.course: Any = page.specific
        if not isinstance(self.course, CourseMixin):
            raise Http404
        if not page.permissions_for_user(request.user).can_reorder_children():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Return the title of the course."""
        return str(self.course.get_admin_display_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the rows in order. Two queries and more."""
        rows = list(self.course.get_children().specific(defer=True))
        drag_url = reverse("wagtailadmin_pages:set_page_position", args=[_ANY_PAGE])
        words = {"course": self.course, "rows": rows, "drag_url": drag_url}
        return {**super().get_context_data(**kwargs), **words}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Move one row by one place, and come back to its button."""
        rows = list(self.course.get_children())
        number = next(
            (at for at, row in enumerate(rows) if str(row.pk) == request.POST.get("page")), None
        )
        step = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
        if number is None or not step or not 0 <= number + step < len(rows):
            messages.error(request, gettext("It cannot be moved there."))
            return redirect(lesson_order_url(self.course))
        page, beside = rows[number], rows[number + step]
        page.move(beside, pos="left" if step < 0 else "right", user=request.user)
        text = gettext("“%(page)s” is number %(number)d now.")
        messages.success(
            request, text % {"page": page.get_admin_display_title(), "number": number + step + 1}
        )
        return redirect(f"{lesson_order_url(self.course)}#lesson-{page.pk}")
