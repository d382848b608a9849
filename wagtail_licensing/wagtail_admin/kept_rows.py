"""A list in the admin of rows that nobody edits: named actions change them, or nothing does."""

from typing import Any

from wagtail.admin.viewsets.model import ModelViewSet

from .permissions import KeptRowsPolicy


class KeptRowsViewSet(ModelViewSet):
    """Shows ``shown`` of a model's screens and none of the forms for rows."""

    add_to_reference_index = False
    copy_view_enabled = False
    form_fields: list[str] = []
    list_per_page = 50
    shown = frozenset({"index", "index_results"})

    def get_permissions_to_register(self) -> Any:
        """Leave out of the group form what nobody can do."""
        names = [f"{action}_{self.model._meta.model_name}" for action in KeptRowsPolicy.NEVER]
        return super().get_permissions_to_register().exclude(codename__in=names)

    def get_urlpatterns(self) -> list[Any]:
        """Return the screens that are shown."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in self.shown]
