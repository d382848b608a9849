"""Set who can read several pages at once: choose, look at what would change, then do it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext, gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction
from wagtail.admin.views.pages.listing import GenericPageFilterSet
from wagtail.log_actions import get_active_log_context

from ..compat import page_model
from ..conf import now
from ..gates.write import GateError
from ..models.gates import WithoutAccess
from .bulk_access_plan import Plan, make_plan
from .bulk_undo import undo_token
from .explorer import with_access_filters
from .links import bulk_undo_url
from .page_access import SAME_AS_PARENT, AccessForm, set_access
from .permissions import CHANGE_GATES, may_set_access

#: From so many pages on, the name of the site has to be typed.
MANY = 50


class BulkAccessForm(AccessForm):
    """The rule for all pages that are ticked, and the name of the site where they are many."""

    confirm_site_name = forms.CharField(required=False, max_length=255)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].label = gettext_lazy("Who can read these pages")


class SetAccess(PageBulkAction):
    """Sets one rule on every ticked page, in one transaction, each in the history of its page."""

    display_name = gettext_lazy("Set access")
    action_type = "licensing_access"
    aria_label = gettext_lazy("Set who can read the selected pages")
    action_priority = 60
    template_name = "wagtail_licensing/admin/bulk_access.html"
    form_class = BulkAccessForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not set access to any page."""
        if not request.user.has_perm(CHANGE_GATES):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def check_perm(self, page: Any) -> bool:
        """Tell whether the rule of ``page`` may be set: who may not edit it may not."""
        return not page.is_root() and may_set_access(self.request.user, page)

    @classmethod
    def get_queryset(cls, model: Any, object_ids: Any) -> list[Any]:
        """Return the pages with these ids in the order of the tree; what is no id is no page."""
        ids = [int(text) for text in map(str, object_ids) if text.isascii() and text.isdecimal()]
        pages = model.objects.filter(pk__in=[pk for pk in ids if pk < 2**63]).order_by("path")
        return list(pages.specific(defer=True))

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """Return the ids of all pages of the listing: those that its filters and its search show."""
        shown = QueryDict((get_valid_next_url_from_request(self.request) or "").partition("?")[2])
        filters = with_access_filters(GenericPageFilterSet)(
            data=shown, queryset=page_model().objects.all(), request=self.request
        )
        if not filters.is_valid():
            return []
        if not filters.form.has_changed():
            return super().get_all_objects_in_listing_query(parent_id)
        pages = page_model().objects.all()
        if parent_id is not None and not shown.get("search_all"):
            pages = pages.descendant_of(page_model().objects.get(pk=parent_id))
        pages = filters.filter_queryset(pages)
        if words := self.request.GET.get("q") or shown.get("q"):
            found = pages.autocomplete(words, order_by_relevance=False)
            return [page.pk for page in found]
        return pages.values_list("pk", flat=True)

    def get_initial(self) -> dict[str, Any]:
        """Return what most people want first."""
        return {"audience": SAME_AS_PARENT, "without_access": WithoutAccess.TEASER, "after_days": 0}

    def form_valid(self, form: Any) -> HttpResponse:
        """Show what would change, or do it once that has been seen."""
        pages, _without = self.get_actionable_objects()
        try:
            plan = make_plan(pages, form.cleaned_data, by=self.request.user, at=now())
            if self.request.POST.get("step") != "apply" or not self._is_confirmed(form, plan):
                return self.render_to_response(self.get_context_data(form=form, plan=plan))
            return super().form_valid(form)
        except GateError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)

    def _is_confirmed(self, form: Any, plan: Plan) -> bool:
        if plan.affected <= MANY or form.cleaned_data["confirm_site_name"] == site_name():
            return True
        text = gettext("Type “%(name)s” to confirm.") % {"name": site_name()}
        form.add_error("confirm_site_name", text)
        return False

    def get_execution_context(self) -> dict[str, Any]:
        """Pass on what was chosen, and by whom."""
        assert self.cleaned_form is not None  # noqa: S101 - set before the action runs
        return {"cleaned": self.cleaned_form.cleaned_data, "user": self.request.user}

    @classmethod
    def execute_action(
        cls, objects: Any, cleaned: Any = None, user: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        """Set the rule on the pages that have another one. All or none: an error undoes them all."""
        pages = make_plan(objects, cleaned, by=user, at=now()).pages
        for page in pages:
            set_access(page, cleaned, by=user)
        return len(pages), 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> None:
        """Say for how many pages the rule was set, with a link that takes it back."""
        text = ngettext(
            "Who can read it was set for %(count)d page.",
            "Who can read them was set for %(count)d pages.",
            num_parent_objects,
        )
        batch = get_active_log_context().uuid
        buttons = None
        if num_parent_objects and batch is not None:
            url = bulk_undo_url(undo_token(self.request.user, batch), self.next_url)
            buttons = [messages.button(url, gettext("Undo"))]
        messages.success(self.request, text % {"count": num_parent_objects}, buttons=buttons)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the plan, once there is one, and what has to be typed."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        plan = context.get("plan")
        context.update(
            title=gettext("Set access"),
            site_name=site_name(),
            must_type=plan is not None and plan.affected > MANY,
        )
        return context


def site_name() -> str:
    """Return the name that is typed to confirm, as Wagtail asks for it."""
    return str(getattr(settings, "WAGTAIL_SITE_NAME", "wagtail"))
