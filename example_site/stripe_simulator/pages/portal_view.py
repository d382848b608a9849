"""What the customer portal shows."""

from __future__ import annotations

from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.billing.payments import behaviour_of, method_for
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .checkout import options
from .markup import Html, day, fill, join, money, rhythm

CARDS = {"ok": "4242 4242 4242 4242 - succeeds", "decline": "4000 0000 0000 0341 - is declined"}


def content(world: World, session: Json, customer: Json, features: Json) -> Html:
    mine = [row for row in world.store.all("subscription") if row["customer"] == customer["id"]]
    parts = [fill("<p class=quiet>{who}</p>", who=customer["email"] or customer["name"])]
    parts += [subscription_box(world, row, features) for row in reversed(mine)]
    if not mine:
        parts.append(Html("<p>There is no subscription.</p>"))
    if features["payment_method_update"]["enabled"]:
        parts.append(card_box(world, customer))
    if features["invoice_history"]["enabled"]:
        parts.append(invoice_box(world, customer))
    if session["return_url"]:
        parts.append(fill('<p><a class="button" href="{url}">Return</a></p>', url=session["return_url"]))
    return join(parts)


def subscription_box(world: World, subscription: Json, features: Json) -> Html:
    items = subscription["items"]["data"]
    running = subscription["status"] not in ENDED
    controls = []
    if running and features["subscription_update"]["enabled"]:
        controls += [item_forms(world, subscription, item, features) for item in items]
    if running and features["subscription_cancel"]["enabled"]:
        controls.append(cancel_form(subscription))
    if running and features["subscription_pause"]["enabled"]:
        controls.append(pause_form(subscription))
    return fill(
        "<section aria-label='{name}'><h2>{name}</h2><p><span class=badge>{status}</span> {when}</p>"
        "<ul>{rows}</ul>{controls}</section>",
        name=", ".join(names(world, subscription)),
        status=subscription["status"],
        when=when(subscription),
        rows=join([item_row(world, item) for item in items]),
        controls=join(controls),
    )


def names(world: World, subscription: Json) -> list[str]:
    result = []
    for item in subscription["items"]["data"]:
        price = world.store.get("price", item["price"])
        product = world.store.find("product", price["product"])
        result.append(product["name"] if product else price["id"])
    return result


def when(subscription: Json) -> str:
    if subscription["ended_at"]:
        return f"ended {day(subscription['ended_at'])}"
    if subscription["cancel_at"]:
        return f"ends {day(subscription['cancel_at'])}"
    end = min(item["current_period_end"] for item in subscription["items"]["data"])
    return f"renews {day(end)}"


def item_row(world: World, item: Json) -> Html:
    price = world.store.get("price", item["price"])
    return fill(
        "<li>{quantity} x {amount}, {rhythm}</li>",
        quantity=item["quantity"],
        amount=money(price["unit_amount"], price["currency"]),
        rhythm=rhythm(price),
    )


def form(action: str, subscription: Json, fields: Html, label: str) -> Html:
    return fill(
        '<form method="post" class="row"><input type="hidden" name="action" value="{action}">'
        '<input type="hidden" name="subscription" value="{id}">{fields}'
        '<button type="submit">{label}</button></form>',
        action=action,
        id=subscription["id"],
        fields=fields,
        label=label,
    )


def item_forms(world: World, subscription: Json, item: Json, features: Json) -> Html:
    allowed = features["subscription_update"]["default_allowed_updates"]
    hidden = fill('<input type="hidden" name="item" value="{id}">', id=item["id"])
    parts = []
    if "quantity" in allowed:
        fields = fill(
            '{hidden}<div class="field"><label for="q-{id}">Quantity</label><input id="q-{id}" '
            'name="quantity" type="number" min="1" value="{quantity}" required></div>',
            hidden=hidden,
            id=item["id"],
            quantity=item["quantity"],
        )
        parts.append(form("quantity", subscription, fields, "Change quantity"))
    choices = other_prices(world, item, features)
    if "price" in allowed and choices:
        fields = fill(
            '{hidden}<div class="field"><label for="p-{id}">Switch to</label>'
            '<select id="p-{id}" name="price">{choices}</select></div>',
            hidden=hidden,
            id=item["id"],
            choices=options(choices),
        )
        parts.append(form("price", subscription, fields, "Switch"))
    return join(parts)


def other_prices(world: World, item: Json, features: Json) -> dict[str, str]:
    """Prices to switch to: those of the configuration, or every active one of the same currency."""
    current = world.store.get("price", item["price"])
    listed = features["subscription_update"].get("products") or []
    offered = {price for product in listed for price in product["prices"]}
    choices = {}
    for price in world.store.all("price"):
        same = price["active"] and price["recurring"] and price["currency"] == current["currency"]
        if same and price["id"] != current["id"] and (not offered or price["id"] in offered):
            product = world.store.find("product", price["product"])
            name = product["name"] if product else price["id"]
            cost = money(price["unit_amount"], price["currency"])
            choices[price["id"]] = f"{name}: {cost}, {rhythm(price)}"
    return choices


def cancel_form(subscription: Json) -> Html:
    if subscription["cancel_at"] or subscription["cancel_at_period_end"]:
        return form("keep", subscription, Html(""), "Don't cancel")
    return form("cancel", subscription, Html(""), "Cancel subscription")


def pause_form(subscription: Json) -> Html:
    if subscription["status"] == "paused":
        return form("resume", subscription, Html(""), "Resume subscription")
    return form("pause", subscription, Html(""), "Pause subscription")


def card_box(world: World, customer: Json) -> Html:
    method = method_for(world, customer["id"], *subscription_cards(world, customer))
    text = "No card."
    if method:
        text = f"{method['card']['brand'].title()} ending in {method['card']['last4']}"
    return fill(
        '<section aria-label="Card"><h2>Card</h2><p>{text}</p><form method="post" class="row">'
        '<input type="hidden" name="action" value="card"><div class="field">'
        '<label for="card">New card</label>'
        '<select id="card" name="card">{cards}</select></div>'
        '<button type="submit">Change card</button></form></section>',
        text=text,
        cards=options(CARDS, behaviour_of(method)),
    )


def subscription_cards(world: World, customer: Json) -> list[str | None]:
    return [
        row["default_payment_method"]
        for row in world.store.all("subscription")
        if row["customer"] == customer["id"] and row["status"] not in ENDED
    ]


def invoice_box(world: World, customer: Json) -> Html:
    mine = [row for row in world.store.all("invoice") if row["customer"] == customer["id"]]
    rows = join([invoice_row(row) for row in reversed(mine)])
    return fill(
        '<section aria-label="Invoices"><h2>Invoices</h2><div class=scroll><table><thead><tr>'
        "<th scope=col>Date</th><th scope=col>Status</th><th scope=col class=amount>Amount</th>"
        "<th scope=col>Action</th></tr></thead><tbody>{rows}</tbody></table></div></section>",
        rows=rows,
    )


def invoice_row(invoice: Json) -> Html:
    pay = Html("")
    if invoice["status"] == "open":
        pay = fill(
            '<form method="post"><input type="hidden" name="action" value="pay">'
            '<input type="hidden" name="invoice" value="{id}">'
            '<button type="submit" aria-label="Pay invoice {number}">Pay</button></form>',
            id=invoice["id"],
            number=invoice["number"],
        )
    return fill(
        '<tr><td><a href="/invoice/{id}">{date}</a></td><td>{status}</td><td class=amount>{total}</td>'
        "<td>{pay}</td></tr>",
        id=invoice["id"],
        date=day(invoice["created"]),
        status=invoice["status"],
        total=money(invoice["total"], invoice["currency"]),
        pay=pay,
    )
