"""The user bar on the live site: look at the page as somebody else."""

from typing import Any

from django.utils.translation import gettext
from wagtail.admin.userbar import BaseItem

from ..gates.personas import VISITOR
from ..gates.view_as import view_as_url


class ViewAsItem(BaseItem):
    """Leads to the page as a visitor sees it; from there to everybody else."""

    template_name = "wagtail_licensing/admin/userbar_view_as.html"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.label = gettext("View as …")


def add_view_as(request: Any, items: list[Any], page: Any) -> None:
    """Hook: offer it to whoever may edit ``page``, on the live site only."""
    if page is None or not page.pk or getattr(request, "is_preview", False):
        return
    if page.permissions_for_user(request.user).can_edit():
        items.append(ViewAsItem(view_as_url(request, page, request.user, VISITOR)))
