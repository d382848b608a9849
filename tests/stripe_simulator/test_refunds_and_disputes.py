"""Money that goes back: refunds that arrive, wait or bounce, and disputes in every status."""

import pytest
import stripe

from .test_control import control
from .test_requests import raw


@pytest.fixture
def paid(shop):
    """Subscribe Ada with a card and return the charge of the first invoice."""

    def charge_of(card: str = "pm_card_visa") -> stripe.Charge:
        subscription = shop.subscribe(default_payment_method=card)
        rows = shop.client.v1.invoice_payments.list({"invoice": subscription.latest_invoice}).data
        intent = shop.client.v1.payment_intents.retrieve(rows[0].payment.payment_intent)
        return shop.client.v1.charges.retrieve(intent.latest_charge)

    return charge_of


def test_a_refund_leads_back_to_its_subscription_and_leaves_the_invoice_paid(shop, paid) -> None:
    api, charge = shop.client.v1, paid()
    refund = api.refunds.create(
        {"payment_intent": charge.payment_intent, "amount": 100, "reason": "requested_by_customer"}
    )
    assert (refund.charge, refund.status, refund.reason) == (
        charge.id,
        "succeeded",
        "requested_by_customer",
    )
    (payment,) = api.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": refund.payment_intent}}
    ).data
    invoice = api.invoices.retrieve(payment.invoice)
    assert (invoice.status, invoice.amount_paid) == ("paid", charge.amount)
    parent = api.subscriptions.retrieve(invoice.parent.subscription_details.subscription)
    assert parent.latest_invoice == invoice.id
    assert [row.id for row in api.charges.retrieve(charge.id, {"expand": ["refunds"]}).refunds] == [
        refund.id
    ]
    assert shop.event_types()[-2:] == ["charge.refunded", "refund.created"]


def test_a_charge_shows_ten_of_its_refunds_and_the_list_shows_all(simulator, shop, paid) -> None:
    charge = paid()
    for _ in range(11):
        shop.client.v1.refunds.create({"charge": charge.id, "amount": 1})
    shown = shop.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]}).refunds
    assert (len(shown.data), shown.has_more) == (10, True)
    _, body, _ = raw(simulator, "GET", f"/v1/charges/{charge.id}/refunds?limit=100")
    assert len(body["data"]) == 11


def test_a_card_whose_refunds_fail_fails_them_a_day_later(simulator, shop, paid) -> None:
    charge = paid("pm_card_refundFail")
    refund = shop.client.v1.refunds.create({"charge": charge.id})
    assert (refund.status, shop.client.v1.charges.retrieve(charge.id).refunded) == ("succeeded", True)
    simulator.advance(hours=23)
    assert shop.client.v1.refunds.retrieve(refund.id).status == "succeeded"
    simulator.advance(hours=2)
    failed = shop.client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    again = shop.client.v1.charges.retrieve(charge.id)
    assert (again.refunded, again.amount_refunded) == (False, 0)
    assert {"refund.failed", "refund.updated", "charge.refund.updated"} <= set(shop.event_types())
    assert control(simulator, "POST", f"refunds/{refund.id}/fail", {})[0] == 400


def test_a_pending_refund_arrives_or_fails(simulator, shop, paid) -> None:
    charge = paid("pm_card_pendingRefund")
    first = shop.client.v1.refunds.create({"charge": charge.id, "amount": 10})
    second = shop.client.v1.refunds.create({"charge": charge.id, "amount": 20})
    assert (first.status, first.pending_reason) == ("pending", "processing")
    reason = {"reason": "insufficient_funds"}
    assert control(simulator, "POST", f"refunds/{second.id}/fail", reason)[1]["status"] == "failed"
    simulator.advance(days=4)
    assert shop.client.v1.refunds.retrieve(first.id).status == "succeeded"
    assert shop.client.v1.refunds.retrieve(second.id).failure_reason == "insufficient_funds"
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 10
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        shop.client.v1.refunds.cancel(first.id)


def test_what_cannot_be_refunded(simulator, shop, paid) -> None:
    api, charge = shop.client.v1, paid()
    other = paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"charge": charge.id, "payment_intent": other.payment_intent})
    assert refused.value.param == "payment_intent"
    simulator.card(shop.ada.id, "decline")
    shop.subscribe()
    failed = api.charges.list().data[0]
    with pytest.raises(stripe.InvalidRequestError, match="was not paid"):
        api.refunds.create({"charge": failed.id})
    simulator.dispute(charge.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"
    simulator.dispute(other.id, status="warning_needs_response")
    assert api.refunds.create({"charge": other.id}).status == "succeeded"


def test_a_test_card_opens_a_dispute_that_nobody_answers(simulator, shop, paid) -> None:
    api, charge = shop.client.v1, paid("pm_card_createDispute")
    (row,) = api.disputes.list({"charge": charge.id}).data
    assert (row.status, row.reason, row.amount) == ("needs_response", "fraudulent", charge.amount)
    assert api.charges.retrieve(charge.id).disputed
    simulator.advance(days=13)
    assert api.disputes.retrieve(row.id).status == "needs_response"
    simulator.advance(days=2)
    lost = api.disputes.retrieve(row.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert [name for name in shop.event_types() if "dispute" in name] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


@pytest.mark.parametrize(
    ("evidence", "status", "money"),
    [("winning_evidence", "won", True), ("losing_evidence", "lost", False)],
)
def test_evidence_decides_a_dispute(shop, paid, evidence, status, money) -> None:
    api = shop.client.v1.disputes
    paid("pm_card_createDispute")
    row = api.list().data[0]
    staged = api.update(row.id, {"evidence": {"uncategorized_text": evidence}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert api.update(row.id, {"submit": True}).status == status
    assert ("charge.dispute.funds_reinstated" in shop.event_types()) is money
    with pytest.raises(stripe.InvalidRequestError):
        api.close(row.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.update(row.id, {"evidence": {"uncategorized_text": "more"}})


def test_a_seller_gives_in(shop, paid) -> None:
    paid("pm_card_createDispute")
    row = shop.client.v1.disputes.list().data[0]
    changed = shop.client.v1.disputes.update(row.id, {"metadata": {"case": "7"}})
    assert (changed.status, changed.metadata["case"]) == ("needs_response", "7")
    assert shop.client.v1.disputes.close(row.id).status == "lost"


def test_an_inquiry_moves_no_money_until_it_becomes_a_dispute(simulator, shop, paid) -> None:
    api = shop.client.v1
    paid("pm_card_createDisputeInquiry")
    row = api.disputes.list().data[0]
    assert (row.status, row.is_charge_refundable) == ("warning_needs_response", True)
    assert "charge.dispute.funds_withdrawn" not in shop.event_types()
    _, body = control(simulator, "POST", f"disputes/{row.id}/decide", {"status": "needs_response"})
    assert (body["status"], body["is_charge_refundable"]) == ("needs_response", False)
    assert "charge.dispute.funds_withdrawn" in shop.event_types()


def test_every_status_can_be_reached_and_no_way_leads_back(simulator, shop, paid) -> None:
    ways = [
        ["warning_needs_response", "warning_under_review", "warning_closed"],
        ["needs_response", "under_review", "won"],
        ["under_review", "lost", "appeal_needs_response", "appeal_under_review", "won"],
        ["prevented"],
    ]
    for first, *rest in ways:
        row = simulator.dispute(paid().id, status=first, reason="duplicate", amount=5)
        assert (row["status"], row["amount"]) == (first, 5)
        for status in rest:
            row = simulator.decide_dispute(row["id"], status=status)
            assert row["status"] == status
        wrong = control(simulator, "POST", f"disputes/{row['id']}/decide", {"status": first})
        assert wrong[0] == 400
    assert shop.event_types().count("charge.dispute.closed") == 4


@pytest.mark.parametrize("wrong", [{"status": "won"}, {"reason": "bored"}, {"amount": 10**9}])
def test_no_dispute_begins_so(simulator, paid, wrong) -> None:
    charge = paid()
    assert control(simulator, "POST", f"charges/{charge.id}/dispute", wrong)[0] == 400
