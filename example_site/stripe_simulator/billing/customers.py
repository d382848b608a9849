"""Customers, as the API and the checkout page create them."""

from __future__ import annotations

from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World


def blank_customer(world: World, *, test_clock: Json | None = None) -> Json:
    """A customer that is not stored yet."""
    id_ = world.ids.next("cus", length=14)
    return blank(
        "customer",
        id=id_,
        balance=0,
        created=test_clock["frozen_time"] if test_clock else world.now(),
        delinquent=False,
        invoice_prefix=world.ids.digest(id_, 8).upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata={},
        next_invoice_sequence=1,
        preferred_locales=[],
        tax_exempt="none",
        test_clock=test_clock["id"] if test_clock else None,
    )


def new_customer(world: World, *, email: str | None) -> Json:
    customer = blank_customer(world)
    customer["email"] = email
    world.store.add(customer)
    emit(world, "customer.created", customer)
    return customer
