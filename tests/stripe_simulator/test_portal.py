"""The customer portal: sessions, configurations and the hosted page."""

import pytest
import stripe

from .pages import check_page, visit


def portal_for(shop, **params) -> stripe.billing_portal.Session:
    given = {"customer": shop.ada.id, "return_url": "http://shop.example/account", **params}
    return shop.client.v1.billing_portal.sessions.create(given)


def test_the_page_shows_subscriptions_card_and_invoices(shop) -> None:
    subscription = shop.subscribe()
    session = portal_for(shop)
    assert session.configuration.startswith("bpc_")
    answer = visit(session.url)
    forms = check_page(answer)
    for text in ("Pro", "3 x 20.00 EUR", "active", "4242", "60.00 EUR", "ada@example.com"):
        assert text in answer.text
    assert 'href="http://shop.example/account"' in answer.text
    form = forms.with_button("Change quantity")
    assert form.values["subscription"] == subscription.id


def test_a_member_cancels_and_changes_their_mind(simulator, shop) -> None:
    subscription = shop.subscribe()
    session = portal_for(shop)
    form = check_page(visit(session.url)).with_button("Cancel subscription")
    answer = visit(session.url, form.values)
    assert answer.status == 303
    planned = shop.subscription(subscription.id)
    end = planned["items"].data[0].current_period_end
    # Flexible mode: a date, and not the flag.
    assert (planned.cancel_at_period_end, planned.cancel_at) == (False, end)
    page = visit(simulator.base_url + answer.location)
    assert 'role="status"' in page.text
    form = check_page(page).with_button("Don't cancel")
    visit(session.url, form.values)
    assert shop.subscription(subscription.id).cancel_at is None


def test_a_classic_subscription_gets_the_flag_as_well(shop) -> None:
    subscription = shop.subscribe(billing_mode={"type": "classic"})
    session = portal_for(shop)
    visit(session.url, check_page(visit(session.url)).with_button("Cancel subscription").values)
    planned = shop.subscription(subscription.id)
    assert planned.cancel_at_period_end
    assert planned.cancel_at == planned["items"].data[0].current_period_end


def test_a_member_changes_quantity_and_price(shop) -> None:
    subscription = shop.subscribe()
    session = portal_for(shop)
    form = check_page(visit(session.url)).with_button("Change quantity")
    visit(session.url, {**form.values, "quantity": "8"})
    form = check_page(visit(session.url)).with_button("Switch")
    assert form.options["price"] == [shop.yearly.id]
    visit(session.url, form.values)
    item = shop.subscription(subscription.id)["items"].data[0]
    assert (item.quantity, item.price.id) == (8, shop.yearly.id)


def test_a_member_pays_what_is_open_with_another_card(simulator, shop) -> None:
    subscription = shop.subscribe()
    simulator.card(shop.ada.id, "decline")
    simulator.advance(days=32)
    session = portal_for(shop)
    forms = check_page(visit(session.url))
    refused = visit(session.url, forms.with_button("Pay").values)
    assert (refused.status, "declined" in refused.text) == (402, True)
    visit(session.url, {**forms.with_button("Change card").values, "card": "ok"})
    assert visit(session.url, forms.with_button("Pay").values).status == 303
    assert shop.subscription(subscription.id).status == "active"


def test_the_hosted_invoice_can_be_paid(simulator, shop) -> None:
    subscription = shop.subscribe(payment_behavior="default_incomplete")
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    check_page(visit(invoice.hosted_invoice_url))
    assert visit(invoice.hosted_invoice_url, {"card": "decline"}).status == 402
    assert visit(invoice.hosted_invoice_url, {"card": "no"}).status == 400
    assert visit(invoice.hosted_invoice_url, {"card": "ok"}).status == 303
    assert shop.subscription(subscription.id).status == "active"
    assert visit(invoice.hosted_invoice_url, {"card": "ok"}).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "0"},
        {"quantity": "many"},
        {"quantity": ""},
        {"item": "si_no"},
        {"subscription": "sub_no"},
        {"action": "explode"},
        {"action": ""},
    ],
)
def test_a_form_without_sense_is_refused_and_changes_nothing(shop, change) -> None:
    subscription = shop.subscribe()
    session = portal_for(shop)
    form = check_page(visit(session.url)).with_button("Change quantity")
    answer = visit(session.url, {**form.values, **change})
    check_page(answer)
    assert answer.status == 400
    assert shop.subscription(subscription.id)["items"].data[0].quantity == 3


def test_nobody_reaches_the_subscription_of_another_customer(shop) -> None:
    subscription = shop.subscribe()
    bob = shop.client.v1.customers.create({"name": "Bob"})
    session = portal_for(shop, customer=bob.id)
    assert "There is no subscription" in visit(session.url).text
    for form in (
        {"action": "cancel", "subscription": subscription.id},
        {"action": "pay", "invoice": subscription.latest_invoice},
    ):
        assert visit(session.url, form).status == 400
    assert shop.subscription(subscription.id).cancel_at is None


def test_a_configuration_decides_what_members_may_do(shop) -> None:
    shop.subscribe()
    configuration = shop.client.v1.billing_portal.configurations.create(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "immediately"},
            }
        }
    )
    session = portal_for(shop, configuration=configuration.id)
    forms = check_page(visit(session.url))
    assert [form.button for form in forms.forms] == ["Cancel subscription"]
    assert visit(session.url, {"action": "card", "card": "ok"}).status == 400
    visit(session.url, forms.with_button("Cancel subscription").values)
    assert shop.client.v1.subscriptions.list().data == []


def test_configurations_are_changed_and_listed(shop) -> None:
    api = shop.client.v1.billing_portal.configurations
    made = api.create({"features": {"invoice_history": {"enabled": False}}, "name": "Small"})
    changed = api.update(made.id, {"features": {"subscription_pause": {"enabled": True}}})
    assert changed.features.subscription_pause.enabled
    assert changed.features.subscription_cancel.enabled is False
    assert [row.id for row in api.list({"active": True}).data] == [made.id]
    assert api.retrieve(made.id).name == "Small"


def test_members_pause_and_resume_where_it_is_allowed(shop) -> None:
    subscription = shop.subscribe()
    configuration = shop.client.v1.billing_portal.configurations.create(
        {"features": {"subscription_pause": {"enabled": True}}}
    )
    session = portal_for(shop, configuration=configuration.id)
    visit(session.url, check_page(visit(session.url)).with_button("Pause").values)
    assert shop.subscription(subscription.id).status == "paused"
    visit(session.url, check_page(visit(session.url)).with_button("Resume").values)
    assert shop.subscription(subscription.id).status == "active"


def test_a_flow_sends_the_member_back(shop) -> None:
    subscription = shop.subscribe()
    session = portal_for(
        shop,
        flow_data={
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": subscription.id},
            "after_completion": {
                "type": "redirect",
                "redirect": {"return_url": "http://shop.example/bye"},
            },
        },
    )
    form = check_page(visit(session.url)).with_button("Cancel subscription")
    assert visit(session.url, form.values).location == "http://shop.example/bye"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"customer": "cus_no"}, "customer"),
        ({"return_url": "home"}, "return_url"),
        ({"configuration": "bpc_no"}, "configuration"),
        (
            {"flow_data": {"type": "subscription_cancel", "subscription_cancel": {"subscription": "s"}}},
            "flow_data[subscription_cancel][subscription]",
        ),
    ],
)
def test_a_session_without_sense_is_refused(shop, params, param) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        portal_for(shop, **params)
    assert refused.value.param == param


def test_everything_on_the_page_is_escaped(shop) -> None:
    shop.subscribe()
    shop.client.v1.products.update(shop.pro.id, {"name": "<img src=x>'"})
    shop.client.v1.customers.update(shop.ada.id, {"email": "<b>'@example.com"})
    answer = visit(portal_for(shop).url + "?done=<script>")
    check_page(answer)
    for text in ("<img", "<b>", "<script>"):
        assert text not in answer.text
