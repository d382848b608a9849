"""What a product opens, changed with it: asked first where somebody loses something, and announced."""

from typing import Any

from ..conf import now
from ..gates.write import announce_gate, gate_facts
from ..licenses import current_policy
from ..models import EntitlementRule, Gate, LicenseProduct, ProductPrice
from .confirm import ConfirmedFormMixin


def is_used(price: ProductPrice) -> bool:
    """Tell whether a checkout, a subscription or a payment refers to ``price``. Three queries."""
    return any(
        related.filter(price_id=price.pk).exists()
        for related in (price.billing_items, price.payments, price.checkout_intents)
    )


def is_held(product: LicenseProduct) -> bool:
    """Tell whether licenses or payments refer to ``product``, so that it stays."""
    return product.licenses.exists() or any(is_used(price) for price in product.prices.all())


class ProductSaveMixin(ConfirmedFormMixin):
    """Asks before a change takes something from somebody, announces the gates whose rules change,
    and keeps a changed policy as a version."""

    def changes_gates(self) -> bool:
        """Tell whether the form changes what the product opens."""
        return "rules" in self.form.formsets and self.form.formsets["rules"].has_changed()

    def touched_gates(self) -> list[Gate]:
        """Return the gates that the product opens, and those that it opens by this form."""
        chosen = (form.cleaned_data.get("gate") for form in self.form.formsets["rules"].forms)
        gates = [*gates_of(self.form.instance), *(gate for gate in chosen if gate is not None)]
        return list({gate.pk: gate for gate in gates}.values())

    def saved_gates(self, saved: LicenseProduct) -> list[int]:
        """Return the gates that the product opens, which all stood before."""
        return [gate.pk for gate in self.touched_gates()]

    def save_instance(self) -> LicenseProduct:
        """Save the product with its prices and rules."""
        product = self.form.instance
        before = _facts_of_gates(product)
        saved: LicenseProduct = super().save_instance()  # type: ignore[misc]
        current_policy(saved, at=now())
        after = gates_of(saved)
        user = self.request.user
        gates = {gate.pk: gate for gate, _facts in before.values()} | {gate.pk: gate for gate in after}
        for pk, gate in gates.items():
            facts = before[pk][1] if pk in before else _without(gate_facts(gate), saved)
            announce_gate(gate=gate, by=user, before=facts)
        return saved


def gates_of(product: LicenseProduct) -> list[Gate]:
    """Return the gates that ``product`` opens. One query."""
    if product.pk is None:
        return []
    rules = EntitlementRule.objects.filter(product_id=product.pk)
    return list(Gate.objects.filter(pk__in=rules.values("gate_id")))


def _facts_of_gates(product: LicenseProduct) -> dict[int, tuple[Gate, Any]]:
    return {gate.pk: (gate, gate_facts(gate)) for gate in gates_of(product)}


def _without(facts: Any, product: LicenseProduct) -> Any:
    """Return what a gate said before this product was allowed to open it."""
    return {**facts, "rules": [rule for rule in facts["rules"] if rule[0] != product.pk]}
