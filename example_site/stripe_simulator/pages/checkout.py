"""The hosted checkout page: what is bought, with which test card, pay or go back."""

from __future__ import annotations

from typing import Any

from example_site.stripe_simulator.billing import checkout, discounts
from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from .markup import Html, Page, day, fill, join, money, page, rhythm, see_other

CARDS = {
    "ok": "4242 4242 4242 4242 - succeeds",
    "decline": "4000 0000 0000 0341 - is declined",
    "delayed": "Bank debit - needs days",
}

FORM = """<form method="post">
{quantities}
{email}
{code}
<div class="field"><label for="card">Test card</label>
<select id="card" name="card">{cards}</select></div>
<p><button class="main" type="submit">{label}</button></p>
</form>
<p>{back}</p>"""


def show(world: World, id_: str, query: Json, *, error: str = "", status: int = 200) -> Page:
    session = world.store.get("checkout.session", id_)
    if session["status"] != "open":
        return closed(session)
    notes = private(session)
    content = join(
        [
            summary(world, session),
            fill(
                FORM,
                quantities=join([quantity_field(at, row) for at, row in adjustable(notes)]),
                email=email_field(world, session),
                code=code_field(session),
                cards=options(CARDS),
                label=button(session),
                back=back_link(session),
            ),
        ]
    )
    return page("Checkout", content, error=error, status=status)


def closed(session: Json) -> Page:
    text = "This checkout is complete." if session["status"] == "complete" else "This checkout expired."
    link = back_link(session)
    return page("Checkout", fill("<p>{text}</p><p>{link}</p>", text=text, link=link))


def summary(world: World, session: Json) -> Html:
    rows = []
    for row in private(session)["line_items"]:
        price = world.store.get("price", row["price"])
        rows.append(
            fill(
                "<tr><td>{name}<br><span class=quiet>{each}, {rhythm}</span></td><td>{quantity}</td>"
                "<td class=amount>{amount}</td></tr>",
                name=row["description"],
                each=money(price["unit_amount"], price["currency"]),
                rhythm=rhythm(price),
                quantity=row["quantity"],
                amount=money(row["amount_total"], row["currency"]),
            )
        )
    if session["mode"] == "setup":
        return Html("<p>Save a card for later.</p>")
    return fill(
        "<div class=scroll><table><thead><tr><th scope=col>Item</th><th scope=col>Quantity</th>"
        "<th scope=col class=amount>Today</th></tr></thead><tbody>{rows}</tbody><tfoot><tr>"
        "<th scope=row colspan=2>Total today</th><td class=amount><strong>{total}</strong></td></tr>"
        "</tfoot></table></div>{trial}",
        rows=join(rows),
        total=money(session["amount_total"], session["currency"]),
        trial=trial_note(session),
    )


def trial_note(session: Json) -> Html:
    end = private(session)["trial_end"]
    return fill("<p>Free until {end}, then billed.</p>", end=day(end)) if end else Html("")


def adjustable(notes: Json) -> list[tuple[int, Json]]:
    return [
        (at, row)
        for at, row in enumerate(notes["line_items"])
        if (row["adjustable_quantity"] or {}).get("enabled")
    ]


def quantity_field(at: int, row: Json) -> Html:
    return fill(
        '<div class="field"><label for="quantity-{at}">Quantity of {name}</label>'
        '<input id="quantity-{at}" name="quantity[{at}]" type="number" inputmode="numeric" '
        'min="{minimum}" max="{maximum}" value="{quantity}" required></div>',
        at=at,
        name=row["description"],
        quantity=row["quantity"],
        **{name: row["adjustable_quantity"][name] for name in ("minimum", "maximum")},
    )


def asks_for_email(world: World, session: Json) -> bool:
    """Who is no customer yet is asked for an address, and so is a customer without one."""
    customer = world.store.find("customer", session["customer"] or "")
    return customer is None or not customer["email"]


def email_field(world: World, session: Json) -> Html:
    if not asks_for_email(world, session):
        return Html("")
    return fill(
        '<div class="field"><label for="email">E-mail</label><input id="email" name="email" '
        'type="email" autocomplete="email" value="{email}" required></div>',
        email=session["customer_email"],
    )


def code_field(session: Json) -> Html:
    if not session["allow_promotion_codes"]:
        return Html("")
    return Html(
        '<div class="field"><label for="code">Promotion code (optional)</label>'
        '<input id="code" name="code" autocomplete="off"></div>'
    )


def options(choices: dict[str, str], chosen: str = "") -> Html:
    return join(
        [
            fill(
                '<option value="{value}"{selected}>{label}</option>',
                value=value,
                label=label,
                selected=Html(" selected") if value == chosen else "",
            )
            for value, label in choices.items()
        ]
    )


def button(session: Json) -> str:
    if session["mode"] == "setup":
        return "Save card"
    return "Subscribe" if session["mode"] == "subscription" else "Pay"


def back_link(session: Json) -> Html:
    if not session["cancel_url"]:
        return Html("")
    return fill('<a class="button" href="{url}">Back</a>', url=session["cancel_url"])


def act(world: World, id_: str, form: dict[str, Any]) -> Page:
    """Pay, then send the visitor to `success_url`; a refusal shows the page again."""
    session = world.store.get("checkout.session", id_)
    card = form.get("card")
    if session["status"] != "open":
        return closed(session)
    try:
        if card not in CARDS:
            raise StripeError("Choose a test card.")
        apply_form(world, session, form)
        email = form.get("email") or session["customer_email"]
        checkout.complete(world, session, behaviour=card, email=email)
    except StripeError as error:
        return show(world, id_, {}, error=str(error), status=error.status)
    return see_other(success_url(session))


def apply_form(world: World, session: Json, form: dict[str, Any]) -> None:
    email = str(form.get("email") or session["customer_email"] or "")
    if asks_for_email(world, session) and "@" not in email:
        raise StripeError("Enter an e-mail address.")
    given = form.get("quantity", {})
    quantities = dict(enumerate(given)) if isinstance(given, list) else given
    for at, row in adjustable(private(session)):
        text = str(quantities.get(at, quantities.get(str(at), row["quantity"])))
        bounds = row["adjustable_quantity"]
        if not text.isdecimal() or not bounds["minimum"] <= int(text) <= bounds["maximum"]:
            raise StripeError(
                f"The quantity must be between {bounds['minimum']} and {bounds['maximum']}."
            )
        row["quantity"] = int(text)
    if form.get("code") and session["allow_promotion_codes"]:
        redeem_code(world, session, str(form["code"]).strip())
    checkout.total(world, session)


def redeem_code(world: World, session: Json, text: str) -> None:
    for code in world.store.all("promotion_code"):
        if code["code"].lower() == text.lower() and code["active"]:
            coupon, _ = discounts.coupon_for(world, {"promotion_code": code["id"]}, "code")
            customer = world.store.find("customer", session["customer"] or "")
            subtotal = session["amount_subtotal"] or 0
            discounts.check(world, [(coupon, code)], customer, subtotal, session["currency"])
            private(session)["discounts"] = [{"coupon": coupon["id"], "promotion_code": code["id"]}]
            return
    raise StripeError("This promotion code is not valid.")


def success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
