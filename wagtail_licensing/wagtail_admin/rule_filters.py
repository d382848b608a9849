"""Narrow lists of pages, documents and files by the rule that applies to them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..access.before import behind, with_own_gate
from ..models import EntitlementRule, Gate
from ..models.gates import GateAudience

OWN, INHERITED, FREE, NONE = "own", "inherited", "free", "none"

RULE_CHOICES = [
    (OWN, _("Own rule")),
    (INHERITED, _("Inherited rule")),
    (FREE, _("Free preview")),
    (NONE, _("No rule")),
]


def narrow(
    queryset: Any, *, rule: str = "", products: Iterable[Any] = (), modes: Iterable[str] = ()
) -> Any:
    """Return the rows of ``queryset`` to which the wanted rule applies; empty values ask for nothing.

    ``rule`` is one of ``RULE_CHOICES``; ``products``: one of them opens it; ``modes``: what people
    without access see. All have to hold of the same gate. Two queries at most.
    """
    products, modes = list(products), list(modes)
    model = queryset.model
    if rule == NONE:
        everything = behind(model, lambda gate_id: True)
        return queryset.none() if products or modes else queryset.exclude(everything)
    wanted = _wanted(rule, products, modes)
    if wanted is not None:
        queryset = queryset.filter(behind(model, wanted.__contains__))
    if rule in (OWN, INHERITED):
        if wanted is None:
            queryset = queryset.filter(behind(model, lambda gate_id: True))
        own = with_own_gate(model)
        queryset = queryset.filter(own) if rule == OWN else queryset.exclude(own)
    return queryset


def _wanted(rule: str, products: list[Any], modes: list[str]) -> set[int] | None:
    """Return the ids of the gates that are asked for; None where any will do."""
    if not products and not modes and rule != FREE:
        return None
    gates = Gate.objects.order_by()
    if rule == FREE:
        gates = gates.filter(audience=GateAudience.EVERYONE)
    if products:
        rules = EntitlementRule.objects.filter(product__in=products)
        gates = gates.filter(audience=GateAudience.LICENSED, pk__in=rules.values("gate_id"))
    if modes:
        gates = gates.filter(without_access__in=modes).exclude(audience=GateAudience.EVERYONE)
    return set(gates.values_list("pk", flat=True))
