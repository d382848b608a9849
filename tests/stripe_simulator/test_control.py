"""The control API over HTTP."""

import http.client
import json
from urllib.parse import urlsplit

import pytest


def control(
    simulator, method: str, path: str, data: object = None, content_type: str = "application/json"
) -> tuple[int, dict]:
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=10)
    body = None if data is None else json.dumps(data)
    headers = {"Content-Type": content_type} if body is not None else {}
    connection.request(method, f"/_simulator/{path}", body, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text)


def test_the_state_shows_who_has_what(simulator, shop) -> None:
    subscription = shop.subscribe()
    status, state = control(simulator, "GET", "state")
    assert status == 200
    assert state["counts"]["subscription"] == 1
    assert state["base_url"] == simulator.base_url
    (row,) = state["subscriptions"]
    assert (row["id"], row["status"], row["products"], row["quantity"]) == (
        subscription.id,
        "active",
        ["Pro"],
        3,
    )
    (customer,) = state["customers"]
    assert (customer["email"], customer["card"]) == ("ada@example.com", "ok")


def test_the_clock_moves_by_seconds_or_to_a_moment(simulator, shop) -> None:
    _, before = control(simulator, "GET", "clock")
    _, after = control(simulator, "POST", "clock", {"advance_seconds": 86400})
    assert 86400 <= after["now"] - before["now"] <= 86430
    _, there = control(simulator, "POST", "clock", {"to": after["now"] + 1000})
    assert 1000 <= there["now"] - after["now"] <= 1030
    for wrong in ({}, {"advance_seconds": 1, "to": 2}, {"to": 5}, {"advance_seconds": "soon"}):
        assert control(simulator, "POST", "clock", wrong)[0] == 400


def test_the_card_of_a_customer_can_be_made_to_fail(simulator, shop) -> None:
    path = f"customers/{shop.ada.id}/card"
    assert control(simulator, "POST", path, {"behaviour": "decline"})[0] == 200
    assert shop.subscribe().status == "incomplete"
    assert control(simulator, "POST", path, {"behaviour": "ok"})[0] == 200
    assert shop.subscribe().status == "active"
    assert control(simulator, "POST", path, {"behaviour": "melt"})[0] == 400
    assert control(simulator, "POST", path, {})[0] == 400
    assert control(simulator, "POST", "customers/cus_no/card", {"behaviour": "ok"})[0] == 404


def test_settings_are_read_and_written(simulator) -> None:
    status, settings = control(simulator, "POST", "settings", {"final_action": "unpaid"})
    assert (status, settings["final_action"], settings["retry_days"]) == (200, "unpaid", [3, 5, 7])
    assert control(simulator, "GET", "settings")[1]["final_action"] == "unpaid"
    assert control(simulator, "POST", "settings", {"final_action": "x"})[0] == 400
    assert control(simulator, "POST", "settings", {"colour": "red"})[0] == 400


def test_disputes_are_opened_and_decided(simulator, shop) -> None:
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    _, row = control(simulator, "POST", f"charges/{charge.id}/dispute", {})
    assert (row["status"], row["charge"]) == ("needs_response", charge.id)
    assert shop.client.v1.charges.retrieve(charge.id).disputed
    assert shop.client.v1.disputes.list({"charge": charge.id}).data[0].id == row["id"]
    control(simulator, "POST", f"disputes/{row['id']}/decide", {"status": "won"})
    assert shop.client.v1.disputes.retrieve(row["id"]).status == "won"
    types = shop.event_types()
    assert {"charge.dispute.created", "charge.dispute.closed"} <= set(types)


def test_a_dispute_without_sense_is_refused(simulator, shop) -> None:
    simulator.card(shop.ada.id, "decline")
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    assert control(simulator, "POST", f"charges/{charge.id}/dispute", {})[0] == 400
    simulator.card(shop.ada.id, "ok")
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    assert control(simulator, "POST", f"charges/{charge.id}/dispute", {"status": "won"})[0] == 400
    _, row = control(simulator, "POST", f"charges/{charge.id}/dispute", {})
    assert control(simulator, "POST", f"disputes/{row['id']}/decide", {"status": "x"})[0] == 400
    assert control(simulator, "POST", f"disputes/{row['id']}/decide", {})[0] == 400


def test_reset_forgets_everything_but_the_webhooks(simulator, shop, receiver) -> None:
    simulator.webhook(receiver.url)
    shop.subscribe()
    simulator.advance(days=40)
    assert control(simulator, "POST", "reset", {})[0] == 200
    _, state = control(simulator, "GET", "state")
    assert state["counts"].get("customer", 0) == 0
    assert state["clock"]["offset"] == 0
    assert [row["url"] for row in state["webhook_endpoints"]] == [receiver.url]
    control(simulator, "POST", "reset", {"keep_webhooks": False})
    assert control(simulator, "GET", "webhook_endpoints")[1]["data"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "nothing"), ("POST", "state"), ("GET", "reset"), ("GET", "a/b/c/d"), ("POST", "a/b")],
)
def test_what_does_not_exist_is_404_in_json(simulator, method, path) -> None:
    status, body = control(simulator, method, path, {} if method == "POST" else None)
    assert (status, "error" in body) == (404, True)


def test_a_form_from_a_web_page_is_refused(simulator) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        status, _ = control(simulator, "POST", "reset", {}, content_type=kind)
        assert status == 400


@pytest.mark.parametrize("data", [[], "x", 5])
def test_what_is_not_an_object_is_refused(simulator, data) -> None:
    assert control(simulator, "POST", "faults", data)[0] == 400


def test_checkouts_are_paid_and_settled_from_the_control_room(simulator, shop) -> None:
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": shop.course.id, "quantity": 1}],
            "success_url": "http://shop.example/",
        }
    )
    path = f"checkout/{session.id}"
    assert control(simulator, "POST", f"{path}/pay", {"card": "decline"})[0] == 402
    assert control(simulator, "POST", f"{path}/pay", {"card": "gold"})[0] == 400
    _, paid = control(simulator, "POST", f"{path}/pay", {"card": "delayed"})
    assert (paid["status"], paid["payment_status"]) == ("complete", "unpaid")
    assert control(simulator, "GET", "state")[1]["checkouts"][0]["waits_for_payment"]
    assert control(simulator, "POST", f"{path}/settle", {"outcome": "maybe"})[0] == 400
    _, settled = control(simulator, "POST", f"{path}/settle", {"outcome": "succeed"})
    assert settled["payment_status"] == "paid"


def test_faults_are_cleared_and_the_held_flushed(simulator, client, receiver) -> None:
    simulator.webhook(receiver.url)
    control(simulator, "POST", "faults", {"webhooks": {"hold": True}})
    client.v1.products.create({"name": "a"})
    _, faults = control(simulator, "DELETE", "faults", {})
    assert faults["webhooks"]["hold"] is False
    assert receiver.bodies == []
    assert control(simulator, "POST", "flush", {})[1] == {"flushed": 1}
    assert control(simulator, "POST", "wait_idle", {"timeout": 5})[1] == {"idle": True}
    assert len(receiver.bodies) == 1
    with_one = control(simulator, "GET", "state")[1]["deliveries"]
    assert with_one == {"delivered": 1}


def test_a_customer_without_a_card_gets_one(simulator, client) -> None:
    bob = client.v1.customers.create({"name": "Bob"})
    simulator.card(bob.id, "ok")
    shown = client.v1.customers.retrieve(bob.id)
    assert shown.invoice_settings.default_payment_method is not None
