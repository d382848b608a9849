"""Numbers of licenses on the home of the admin, for those who may see licenses."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import ngettext
from wagtail.admin.site_summary import SummaryItem

from ..domain.states import State
from ..models import License
from .links import licenses_url
from .permissions import VIEW_LICENSES


class LicenseSummaryItem(SummaryItem):
    """How many licenses there are in one state, with a link to them."""

    order = 500
    template_name = "wagtail_licensing/admin/summary_item.html"

    def __init__(self, request: HttpRequest, state: State) -> None:
        super().__init__(request)
        self.state = state
        self.order = LicenseSummaryItem.order + list(State).index(state)

    def is_shown(self) -> bool:
        """Show it to those who may see licenses, and past due or pending ones only if there are any."""
        if not self.request.user.has_perm(VIEW_LICENSES):
            return False
        return self.state is State.ACTIVE or self._count() > 0

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Return the number, its words and the address of the list behind it."""
        count = self._count()
        return {
            "count": count,
            "words": _words(self.state, count),
            "url": licenses_url(state=self.state.value),
            "icon": {State.ACTIVE: "key", State.GRACE: "warning"}.get(self.state, "time"),
        }

    def _count(self) -> int:
        # One query for all items of a request.
        counts: dict[str, int] | None = getattr(self.request, "_licensing_counts", None)
        if counts is None:
            rows = License.objects.order_by().values_list("state").annotate(number=Count("pk"))
            counts = dict(rows)
            self.request._licensing_counts = counts
        return counts.get(self.state.value, 0)


def _words(state: State, count: int) -> str:
    if state is State.ACTIVE:
        return ngettext("active license", "active licenses", count)
    if state is State.GRACE:
        return ngettext("license past due", "licenses past due", count)
    return ngettext("pending license", "pending licenses", count)


def add_summary_items(request: HttpRequest, items: list[Any]) -> None:
    """Add active, past due and pending licenses to the summary."""
    items.extend(
        LicenseSummaryItem(request, state) for state in (State.ACTIVE, State.GRACE, State.PENDING)
    )
