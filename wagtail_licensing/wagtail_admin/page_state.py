"""How a page stands: which gate applies to it, from where, and whom it lets in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_lazy

from ..access import nearest_gate
from ..access.decision import gate_of_type
from ..gates.followers import following
from ..gates.readers import count_readers
from ..models import EntitlementRule, Gate
from ..models.gates import GateAudience, GateKind


class Standing(StrEnum):
    """The states that the button on a page tells apart, by its label and its icon."""

    OPEN = "open"
    INHERITED = "inherited"
    OWN = "own"
    FREE = "free"


STANDING_LABELS = {
    Standing.OPEN: gettext_lazy("Access: open"),
    Standing.INHERITED: gettext_lazy("Access: inherited"),
    Standing.OWN: gettext_lazy("Access: own rule"),
    Standing.FREE: gettext_lazy("Access: free preview"),
}
STANDING_ICONS = {
    Standing.OPEN: "lock-open",
    Standing.INHERITED: "link",
    Standing.OWN: "lock",
    Standing.FREE: "view",
}


@dataclass(frozen=True, slots=True)
class PageState:
    """The gate that applies to a page (None: open), and whether it is the page's own."""

    page: Any
    gate: Gate | None
    rules: tuple[EntitlementRule, ...]

    @property
    def is_own(self) -> bool:
        """Tell whether the gate stands on the page itself."""
        return self.gate is not None and self.gate.page_id == self.page.pk

    @property
    def standing(self) -> Standing:
        """Return what the button says."""
        if self.gate is None:
            return Standing.OPEN
        if self.gate.audience == GateAudience.EVERYONE:
            return Standing.FREE
        return Standing.OWN if self.is_own else Standing.INHERITED

    @property
    def label(self) -> str:
        """Return the label of the button, with the products if there are any."""
        label = str(STANDING_LABELS[self.standing])
        products = ", ".join(str(rule.product) for rule in self.rules)
        if not products:
            return label
        return gettext("%(label)s (%(products)s)") % {"label": label, "products": products}

    @property
    def badge(self) -> str:
        """Return the short name of what opens the page: its first product, with how many more."""
        if not self.rules:
            return ""
        first, *more = (str(rule.product) for rule in self.rules)
        return f"{first} +{len(more)}" if more else first

    @property
    def icon(self) -> str:
        """Return the icon of the button."""
        return STANDING_ICONS[self.standing]

    @property
    def products(self) -> str:
        """Return the names of the products that open the page: "A, B or C"."""
        return get_text_list([str(rule.product) for rule in self.rules], gettext("or"))

    @property
    def products_bold(self) -> str:
        """Return the same in HTML, each name in bold type."""
        names: list[str] = [format_html("<strong>{}</strong>", rule.product) for rule in self.rules]
        return mark_safe(get_text_list(names, escape(gettext("or"))))  # noqa: S308 - escaped above

    def readers(self, at: datetime) -> int:
        """Count the people whom the gate lets in at ``at``. One query."""
        if self.gate is None or self.gate.audience != GateAudience.LICENSED:
            return 0
        return count_readers(gate_id=self.gate.pk, rules=self.rules, at=at)


def state_of_page(page: Any) -> PageState:
    """Return how ``page`` stands. Three queries at most."""
    return PageState(page, *_with_rules(nearest_gate(page)))


def state_above_page(page: Any) -> PageState:
    """Return how ``page`` would stand without a gate of its own. Four queries at most."""
    parent = page.get_parent()
    gate = nearest_gate(parent) if parent is not None else None
    if gate is None or gate.kind != GateKind.PAGE:
        # The gate of the parent's type does not go down; that of the page's own type does count.
        gate = gate_of_type(page)
    return PageState(page, *_with_rules(gate))


def _with_rules(gate: Gate | None) -> tuple[Gate | None, tuple[EntitlementRule, ...]]:
    if gate is None or gate.audience != GateAudience.LICENSED:
        return gate, ()
    return gate, tuple(gate.rules.select_related("product").order_by("product__sort_order", "pk"))


def count_below(page: Any) -> int:
    """Count the pages below ``page`` that follow its rule: those with no gate nearer. Two queries."""
    return int(following(page).count()) - 1
