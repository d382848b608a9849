"""The hosted invoice page: lines, total, and a way to pay what is open."""

from __future__ import annotations

from typing import Any

from example_site.stripe_simulator.billing import checkout, invoices
from example_site.stripe_simulator.errors import StripeError, declined
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .checkout import CARDS, options
from .markup import Html, Page, day, fill, join, money, page, see_other


def show(world: World, id_: str, query: Json, *, error: str = "", status: int = 200) -> Page:
    invoice = world.store.get("invoice", id_)
    rows = [
        fill(
            "<tr><td>{text}<br><span class=quiet>{start} to {end}</span></td>"
            "<td class=amount>{amount}</td></tr>",
            text=row["description"],
            start=day(row["period"]["start"]),
            end=day(row["period"]["end"]),
            amount=money(row["amount"], row["currency"]),
        )
        for row in invoice["lines"]["data"]
    ]
    content = fill(
        "<p><span class=badge>{status}</span></p><div class=scroll><table><thead><tr>"
        "<th scope=col>Item</th><th scope=col class=amount>Amount</th></tr></thead><tbody>{rows}</tbody>"
        "<tfoot><tr><th scope=row>Total</th><td class=amount><strong>{total}</strong></td></tr>"
        "</tfoot></table></div>{pay}",
        status=invoice["status"],
        rows=join(rows),
        total=money(invoice["total"], invoice["currency"]),
        pay=pay_form(invoice),
    )
    return page(f"Invoice {invoice['number'] or ''}", content, error=error, status=status)


def pay_form(invoice: Json) -> Html:
    if invoice["status"] != "open":
        return Html("")
    return fill(
        '<form method="post"><div class="field"><label for="card">Test card</label>'
        '<select id="card" name="card">{cards}</select></div>'
        '<button class="main" type="submit">Pay</button></form>',
        cards=options(CARDS),
    )


def act(world: World, id_: str, form: dict[str, Any]) -> Page:
    invoice = world.store.get("invoice", id_)
    customer = world.store.get("customer", invoice["customer"])
    card = form.get("card")
    try:
        if invoice["status"] != "open":
            raise StripeError("This invoice is not open.")
        if card not in CARDS:
            raise StripeError("Choose a test card.")
        method = checkout.change_card(world, customer, card)
        if invoices.attempt(world, invoice, method=method) == "requires_payment_method":
            raise declined()
    except StripeError as error:
        return show(world, id_, {}, error=str(error), status=error.status)
    return see_other(f"/invoice/{id_}")
