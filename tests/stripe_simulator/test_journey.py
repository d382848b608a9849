"""One customer from the first visit to the last day, over real HTTP."""

import urllib.parse
import urllib.request

import stripe

DAY = 86400


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def post(url: str, **form: str) -> tuple[int, str]:
    """Status and Location of a form sent without following the redirect."""
    data = urllib.parse.urlencode(form).encode()
    opener = urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, data)) as response:
            return response.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", "")


def test_from_checkout_over_a_failed_payment_to_the_end(simulator, shop, receiver) -> None:
    secret = simulator.webhook(receiver.url)
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": shop.ada.id,
            "client_reference_id": "intent-7",
            "line_items": [{"price": shop.monthly.id, "quantity": 2}],
            "metadata": {"intent": "7"},
            "subscription_data": {"metadata": {"user": "42"}},
            "success_url": "http://shop.example/done?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.example/back",
        }
    )
    assert session.status == "open"
    assert session.payment_status == "unpaid"

    assert post(session.url, card="decline")[0] == 402
    assert shop.client.v1.subscriptions.list({"customer": shop.ada.id}).data == []

    assert post(session.url, card="ok") == (303, f"http://shop.example/done?s={session.id}")
    session = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert session.client_reference_id == "intent-7"
    subscription = shop.subscription(session.subscription)
    assert subscription.status == "active"
    assert subscription.metadata["user"] == "42"
    item = subscription["items"].data[0]
    assert item.quantity == 2

    # Renewal: the invoice is a draft for an hour, then paid.
    simulator.advance_to(item.current_period_end + 60)
    renewed = shop.subscription(subscription.id)
    invoice = shop.client.v1.invoices.retrieve(renewed.latest_invoice)
    assert invoice.status == "draft"
    assert renewed["items"].data[0].current_period_start == item.current_period_end
    simulator.advance(hours=1)
    assert shop.client.v1.invoices.retrieve(invoice.id).status == "paid"

    # The card fails: past due, then paid by hand.
    simulator.card(shop.ada.id, "decline")
    simulator.advance_to(renewed["items"].data[0].current_period_end + 2 * 3600)
    late = shop.subscription(subscription.id)
    assert late.status == "past_due"
    open_invoice = shop.client.v1.invoices.retrieve(late.latest_invoice)
    assert open_invoice.status == "open"
    assert open_invoice.next_payment_attempt == open_invoice.status_transitions.finalized_at + 3 * DAY
    simulator.card(shop.ada.id, "ok")
    assert shop.client.v1.invoices.pay(open_invoice.id).status == "paid"
    assert shop.subscription(subscription.id).status == "active"

    # Cancelled at the end of the period: active until then, ended after.
    planned = shop.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    end = planned["items"].data[0].current_period_end
    assert (planned.status, planned.cancel_at) == ("active", end)
    simulator.advance_to(end - 60)
    assert shop.subscription(subscription.id).status == "active"
    simulator.advance_to(end)
    ended = shop.subscription(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", end)

    assert simulator.wait_idle()
    types = [event.type for event in receiver.events(secret)]
    for wanted in (
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
    ):
        assert wanted in types
    # Events come in the order in which things happened.
    assert types.index("invoice.payment_failed") < types.index("customer.subscription.deleted")
    assert isinstance(receiver.events(secret)[0], stripe.Event)
