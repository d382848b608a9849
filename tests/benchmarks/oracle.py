"""Who opens which page, worked out the slow way, page by page, from the rows alone.

It shares nothing with the package but the tables: what it says is what the documentation says.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q
from wagtail.models import Page

from wagtail_licensing.models import EntitlementRule, Gate, License, LicenseSeat


class Oracle:
    """The answers for one signed-in person without grants by hand, at one instant."""

    def __init__(self, user: Any, at: datetime) -> None:
        self.at = at
        self.held = self._products_of(user)
        self.pages = {row["path"]: row for row in Page.objects.values(*self._COLUMNS)}
        self.by_id = {row["pk"]: row for row in self.pages.values()}
        self.rules = defaultdict(dict)
        for gate_id, product_id, days in EntitlementRule.objects.values_list(
            "gate_id", "product_id", "after_days"
        ):
            self.rules[gate_id][product_id] = days
        self.gates = {gate.pk: gate for gate in Gate.objects.all()}
        self.on_page = {gate.page_id: gate for gate in self.gates.values() if gate.page_id}
        self.on_type = {gate.page_type_id: gate for gate in self.gates.values() if gate.page_type_id}
        self.by_translation = defaultdict(list)
        for gate in self.on_page.values():
            self.by_translation[self.by_id[gate.page_id]["translation_key"]].append(gate)

    _COLUMNS = ("pk", "path", "content_type_id", "alias_of_id", "translation_key", "live")

    def _products_of(self, user: Any) -> dict[int, list[datetime]]:
        held = defaultdict(list)
        lasting = Q(access_until__isnull=True) | Q(access_until__gt=self.at)
        states = ["active", "grace"]
        for license in License.objects.filter(lasting, user=user, state__in=states, uses_seats=False):
            held[license.product_id].append(license.held_since)
        for seat in LicenseSeat.objects.filter(user=user, state="assigned").select_related("license"):
            license = seat.license
            over = license.access_until is not None and license.access_until <= self.at
            if license.uses_seats and license.state in states and not over:
                held[license.product_id].append(license.held_since)
        return held

    def open_pages(self) -> set[int]:
        """Return the ids of the live pages that the person opens."""
        return {row["pk"] for row in self.pages.values() if row["live"] and self._opens(row)}

    def _opens(self, page: dict[str, Any]) -> bool:
        return all(self._passes(gate) for gate in self._gates_before(page))

    def _gates_before(self, page: dict[str, Any]) -> list[Gate]:
        """The nearest gate above the page, and for an alias on the way that of its source too."""
        found = self._nearest(page["path"]) or self._of_type(page)
        steps = range(len(page["path"]), 0, -4)
        for path in (page["path"][:length] for length in steps):
            above = self.pages[path]
            if above["alias_of_id"]:
                source = self.by_id[above["alias_of_id"]]
                more = self._nearest(source["path"])
                found = found + (more or (self._of_type(source) if above is page else []))
                break
        return found

    def _nearest(self, path: str) -> list[Gate]:
        for length in range(len(path), 0, -4):
            page = self.pages[path[:length]]
            if page["pk"] in self.on_page:
                return [self.on_page[page["pk"]]]
            if shared := self.by_translation.get(page["translation_key"]):
                return shared
        return []

    def _of_type(self, page: dict[str, Any]) -> list[Gate]:
        gate = self.on_type.get(page["content_type_id"])
        return [gate] if gate else []

    def _passes(self, gate: Gate) -> bool:
        if gate.audience != "licensed":
            return True
        return any(
            (self.at - since).total_seconds() >= days * 86400
            for product_id, days in self.rules[gate.pk].items()
            for since in self.held.get(product_id, ())
        )
