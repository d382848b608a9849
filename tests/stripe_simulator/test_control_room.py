"""The control room in a browser without JavaScript: a button for everything."""

import pytest

from .pages import Answer, check_page, visit


def room(simulator) -> Answer:
    return visit(f"{simulator.base_url}/control")


def press(simulator, label: str, **values: str) -> Answer:
    """Press the first button of this name, with some fields filled in."""
    forms = check_page(room(simulator)).forms
    form = next(each for each in forms if each.button.strip() == label)
    return visit(f"{simulator.base_url}/control", {**form.values, **values})


def done(simulator, label: str, **values: str) -> None:
    answer = press(simulator, label, **values)
    assert (answer.status, answer.location) == (303, "/control?done=1"), answer.text
    assert "Done." in visit(simulator.base_url + answer.location).text


def test_an_empty_room_is_a_page(simulator) -> None:
    check_page(room(simulator))
    assert "<a href='/control'>" in visit(simulator.base_url).text


def test_everything_can_happen_to_a_subscription(simulator, shop) -> None:
    subscription = shop.subscribe()

    def now():
        return shop.subscription(subscription.id)

    done(simulator, "Cancel at period end")
    assert now().cancel_at_period_end
    done(simulator, "Keep it")
    done(simulator, "Cancel as in the portal")
    assert (now().cancel_at_period_end, now().cancel_at is not None) == (False, True)
    done(simulator, "Keep it")
    done(simulator, "Change", quantity="7", proration="always_invoice")
    assert now()["items"].data[0].quantity == 7
    done(simulator, "Stop collecting")
    assert (now().status, now().pause_collection.behavior) == ("active", "void")
    done(simulator, "Collect again")
    done(simulator, "Pause")
    assert now().status == "paused"
    done(simulator, "Resume")
    assert now().status == "active"
    done(simulator, "End now")
    assert now().status == "canceled"


def test_money_goes_back_and_is_disputed(simulator, shop) -> None:
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    done(simulator, "Refund", amount="100")
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 100
    done(simulator, "Let it fail")
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    done(simulator, "Dispute", status="needs_response")
    done(simulator, "Move on", status="lost")
    assert shop.client.v1.disputes.list().data[0].status == "lost"
    answer = press(simulator, "Refund", amount="1")
    assert (answer.status, "charged back" in answer.text) == (400, True)
    assert 'role="alert"' in answer.text


def test_cards_time_debits_and_settings(simulator, shop) -> None:
    method = shop.client.v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
    )
    shop.client.v1.payment_methods.attach(method.id, {"customer": shop.ada.id})
    subscription = shop.subscribe(default_payment_method=method.id)
    done(simulator, "Arrives")
    assert shop.client.v1.invoices.retrieve(subscription.latest_invoice).status == "paid"
    done(simulator, "Keep", final_action="unpaid", webhook_retries="live")
    assert simulator.world.settings.final_action == "unpaid"
    before = simulator.now
    done(simulator, "Go on by 1 day")
    done(simulator, "Go on", hours="48")
    assert simulator.now - before >= 3 * 86400
    assert press(simulator, "Go on", hours="0").status == 400
    done(simulator, "Let cards fail")
    assert shop.subscribe().status == "incomplete"


def test_webhooks_and_faults(simulator, shop, receiver) -> None:
    done(simulator, "Add endpoint", url=receiver.url, payload="thin")
    done(simulator, "Set", kind="hold")
    shop.client.v1.products.create({"name": "Team"})
    assert simulator.wait_idle()
    assert receiver.bodies == []
    done(simulator, "Set", kind="good")
    done(simulator, "Deliver everything now")
    assert simulator.wait_idle()
    assert receiver.types == ["v1.product.created"]
    done(simulator, "Send again")
    done(simulator, "Send as if live")
    assert simulator.wait_idle()
    assert [b'"livemode": true' in body for body in receiver.bodies] == [False, False, True]
    done(simulator, "New secret")
    done(simulator, "Break", kind="500", count="3")
    assert sum(rule.count for rule in simulator.world.faults.api) == 3
    done(simulator, "All is well again")
    assert simulator.world.faults.api == []
    assert press(simulator, "Break", kind="500", count="x").status == 400
    assert press(simulator, "Add endpoint", url="nowhere").status == 400


def test_objects_of_connected_accounts_have_buttons_too(simulator, client) -> None:
    from .wire import client_for

    account = client.v1.accounts.create({"type": "standard"}).id
    api = client_for(simulator, stripe_account=account).v1
    customer = api.customers.create({"payment_method": "pm_card_visa"})
    product = api.products.create({"name": "P"})
    price = api.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
        }
    )
    cards = api.payment_methods.list({"customer": customer.id}).data
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": cards[0].id,
        }
    )
    done(simulator, "Refund")
    done(simulator, "Pause")
    assert api.subscriptions.retrieve(subscription.id).status == "paused"
    assert api.charges.list().data[0].refunded


@pytest.mark.parametrize("token", ["", "wrong"])
def test_no_other_page_presses_a_button(simulator, shop, token) -> None:
    subscription = shop.subscribe()
    form = {"action": "end", "id": subscription.id, "token": token}
    assert visit(f"{simulator.base_url}/control", form).status == 403
    assert shop.subscription(subscription.id).status == "active"


def test_a_button_that_does_not_exist_is_refused(simulator) -> None:
    form = {"action": "explode", "token": simulator.form_token}
    assert visit(f"{simulator.base_url}/control", form).status == 404
    gone = {"action": "end", "id": "sub_none", "token": simulator.form_token}
    assert visit(f"{simulator.base_url}/control", gone).status == 404
