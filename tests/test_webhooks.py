"""The webhook: who may tell us what, and that nobody else can make it stumble.

None of these needs Stripe: what is accepted is looked at in tests/billing.
"""

import json
import time

import pytest
from django.db import DatabaseError
from django.urls import reverse

from tests.billing.world import SECRET, sign
from wagtail_licensing.models import StripeEvent, SyncTarget

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """The targets that the webhook rang for, in place of reading them."""
    from wagtail_licensing import tasks

    targets: list[int] = []
    monkeypatch.setattr(tasks, "ring", targets.append)
    return targets


def event(**fields):
    """Return an event about a subscription as Stripe sends it."""
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "livemode": False,
        "type": "customer.subscription.updated",
        "data": {"object": {"id": "sub_1", "object": "subscription"}},
        **fields,
    }


def url(account="default"):
    return reverse("wagtail_licensing:stripe_webhook", args=[account])


def post(client, body, signature=None, path=None, **extra):
    body = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"Stripe-Signature": sign(body) if signature is None else signature}
    return client.post(path or url(), body, content_type="application/json", headers=headers, **extra)


def assert_nothing_stored():
    assert not StripeEvent.objects.exists()
    assert not SyncTarget.objects.exists()


def test_a_signed_event_is_kept_and_its_object_is_to_be_read(client, rung):
    assert post(client, event()).status_code == 200
    kept = StripeEvent.objects.get()
    assert (kept.event_id, kept.status, kept.object_kind, kept.object_id) == (
        "evt_1",
        "new",
        "subscription",
        "sub_1",
    )
    target = SyncTarget.objects.get()
    assert (target.requested, target.applied, rung) == (1, 0, [target.pk])


def test_the_same_event_a_hundred_times_is_one_row_and_one_request(client, rung):
    assert {post(client, event()).status_code for _ in range(100)} == {200}
    assert StripeEvent.objects.count() == 1
    assert SyncTarget.objects.get().requested == 1


def test_the_same_id_with_another_body_keeps_the_first_and_says_so(client, rung, caplog):
    post(client, event())
    other = event(data={"object": {"id": "sub_2", "object": "subscription"}})
    assert post(client, other).status_code == 200
    assert SyncTarget.objects.get().object_id == "sub_1"
    assert "the first is kept" in caplog.text


def test_fifty_events_about_one_object_are_one_target(client, rung):
    for number in range(50):
        post(client, event(id=f"evt_{number}"))
    assert SyncTarget.objects.get().requested == 50


def _resigned(body):
    return sign(json.dumps(json.loads(body), separators=(",", ":")))


@pytest.mark.parametrize(
    "make_signature",
    [
        pytest.param(lambda body: "", id="none"),
        pytest.param(lambda body: "garbage", id="garbage"),
        pytest.param(lambda body: sign(body, secret="whsec_other"), id="wrong secret"),
        pytest.param(lambda body: sign(body).replace("v1=", "v0="), id="v0 only"),
        pytest.param(lambda body: sign(body).replace(",", ", "), id="space after the comma"),
        pytest.param(lambda body: sign(body).split(",")[1], id="no time"),
        pytest.param(lambda body: sign(body, at=time.time() - 302), id="302 s old"),
        pytest.param(lambda body: sign(body, at=time.time() + 302), id="302 s ahead"),
        pytest.param(lambda body: sign(body, at=time.time() + 3600), id="an hour ahead"),
        pytest.param(lambda body: sign(body, at=-1), id="negative time"),
        pytest.param(lambda body: sign(body, at=10**30), id="huge time"),
        pytest.param(lambda body: f"t={int(time.time())}," + sign(body), id="two times"),
        pytest.param(lambda body: sign(body).replace("t=", "t=x"), id="time is no number"),
        pytest.param(lambda body: sign(body) + "é", id="latin-1"),
        pytest.param(lambda body: f"t={int(time.time())},v1=é", id="only latin-1"),
        pytest.param(lambda body: sign(body) + "\x00", id="NUL"),
        pytest.param(lambda body: sign(body) + ",v1=0" * 10_000, id="ten thousand signatures"),
        pytest.param(lambda body: "t=" + "9" * 65_536, id="64 kB"),
        pytest.param(_resigned, id="serialized again"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused_and_leaves_nothing(client, rung, make_signature):
    """Pitfall 38: one constant answer."""
    body = json.dumps(event())
    response = post(client, body, make_signature(body))
    assert (response.status_code, response.content) == (400, b"invalid")
    assert_nothing_stored()
    assert rung == []


def test_a_missing_header_is_refused(client, rung):
    response = client.post(url(), json.dumps(event()), content_type="application/json")
    assert response.status_code == 400
    assert_nothing_stored()


def test_one_changed_byte_is_refused(client, rung):
    body = json.dumps(event())
    assert post(client, body.replace("sub_1", "sub_2"), sign(body)).status_code == 400
    assert_nothing_stored()


@pytest.mark.parametrize("age", [-299, 299])
def test_a_clock_that_is_almost_right_is_accepted(client, rung, age):
    body = json.dumps(event())
    assert post(client, body, sign(body, at=time.time() - age)).status_code == 200


def _signed_bytes(body: bytes) -> str:
    import hashlib
    import hmac

    now = int(time.time())
    mark = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={mark}"


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
NESTED = json.dumps(event(data={"object": {"id": "sub_1"}})).replace(
    '"sub_1"', '"sub_1", "x": ' + "[" * 100 + "]" * 100
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"1", id="a number"),
        pytest.param(b'"x"', id="a string"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(event()).encode(), id="a byte order mark"),
        pytest.param(DEEP[:500_000], id="cut off"),
        pytest.param(DEEP[: 5 * 50_000] + b"1" + b"}" * 50_000, id="50,000 deep"),
        pytest.param(NESTED.encode(), id="100 deep"),
        pytest.param(json.dumps(event(amount=float("nan"))).encode(), id="NaN inside"),
        pytest.param(json.dumps(event()).encode()[:-1] + b', "x": 1e999}', id="a number too large"),
        pytest.param(json.dumps(event()).encode()[:-1] + b', "id": "evt_2"}', id="a key twice"),
        pytest.param(json.dumps(event(id=None)).encode(), id="no id"),
        pytest.param(json.dumps(event(id="")).encode(), id="empty id"),
        pytest.param(json.dumps(event(id=["evt_1"])).encode(), id="id is a list"),
        pytest.param(json.dumps(event(id="x" * 300)).encode(), id="long id"),
        pytest.param(json.dumps(event(id="evt_1\n<script>")).encode(), id="odd id"),
        pytest.param(json.dumps(event(type=None)).encode(), id="no type"),
        pytest.param(json.dumps(event(type=7)).encode(), id="type is a number"),
        pytest.param(json.dumps(event(livemode="no")).encode(), id="livemode is a string"),
        pytest.param(json.dumps(event(created="now")).encode(), id="created is a string"),
        pytest.param(json.dumps(event(created=10**20)).encode(), id="created is far away"),
        pytest.param(json.dumps(event(data=None)).encode(), id="no data"),
        pytest.param(json.dumps(event(data={"object": []})).encode(), id="object is a list"),
        pytest.param(json.dumps(event(object="v2.core.event")).encode(), id="a thin event"),
        pytest.param(json.dumps({"detail": event()}).encode(), id="wrapped by a cloud"),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused_and_leaves_nothing(client, rung, body):
    response = post(client, body, _signed_bytes(body))
    assert (response.status_code, response.content) == (400, b"invalid")
    assert_nothing_stored()


def test_five_megabytes_are_refused_before_they_are_hashed(client, rung):
    body = b" " * (5 * 1024 * 1024)
    assert post(client, body, _signed_bytes(body)).status_code == 413
    assert_nothing_stored()


def test_a_length_that_lies_does_not_get_more_in(client, rung, settings):
    settings.WAGTAIL_LICENSING_WEBHOOK_MAX_BYTES = 100
    body = json.dumps(event())
    response = post(client, body, CONTENT_LENGTH="10")
    assert response.status_code in {400, 413}
    assert_nothing_stored()


def test_text_that_a_database_cannot_hold_is_kept_without_it(client, rung):
    body = json.dumps(event(note="a\x00b\ud800c"))
    assert post(client, body).status_code == 200
    assert StripeEvent.objects.get().payload["note"] == "ab?c"


@pytest.mark.parametrize(
    "fields", [{"livemode": True}, {"account": "acct_other"}], ids=["live mode", "other account"]
)
def test_an_event_that_is_not_for_us_is_accepted_and_leaves_nothing(client, rung, fields):
    assert post(client, event(**fields)).status_code == 200
    assert_nothing_stored()
    assert rung == []


@pytest.mark.parametrize(
    ("event_type", "obj"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("made.up", {"id": "x_1"}),
        ("invoice.upcoming", {"object": "invoice"}),
        ("customer.subscription.updated", {"object": "subscription"}),
        ("charge.refunded", {"id": "ch_1", "payment_intent": None}),
        ("entitlements.active_entitlement_summary.updated", {"customer": "cus_1"}),
    ],
)
def test_an_event_that_leads_nowhere_is_kept_as_ignored(client, rung, event_type, obj):
    assert post(client, event(type=event_type, data={"object": obj})).status_code == 200
    assert StripeEvent.objects.get().status == "ignored"
    assert not SyncTarget.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "head", "delete", "patch"])
def test_only_post_is_answered(client, rung, method):
    assert getattr(client, method)(url()).status_code == 405


def test_a_post_without_the_slash_is_answered_and_not_redirected(client, rung):
    """Pitfall 37."""
    assert post(client, event(), path=url().rstrip("/")).status_code == 200


def test_no_csrf_token_and_no_login_is_asked_for(rung, settings):
    from django.test import Client

    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert post(Client(enforce_csrf_checks=True), event()).status_code == 200


@pytest.mark.parametrize("secrets", [[], "", ["  "], [""]])
def test_without_a_secret_nothing_is_accepted(client, rung, settings, secrets):
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = secrets
    body = json.dumps(event())
    for secret in ("", "  ", SECRET):
        assert post(client, body, sign(body, secret=secret)).status_code == 503
    assert_nothing_stored()


def test_both_secrets_are_good_while_they_rotate_and_the_old_one_no_longer(client, rung, settings):
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
    for number, secret in enumerate(["whsec_new", "whsec_old"]):
        body = json.dumps(event(id=f"evt_{number}"))
        assert post(client, body, sign(body, secret=secret)).status_code == 200
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = ["whsec_new"]
    body = json.dumps(event(id="evt_9"))
    assert post(client, body, sign(body, secret="whsec_old")).status_code == 400
    assert StripeEvent.objects.count() == 2


def test_another_account_in_the_address_has_no_webhook(client, rung):
    assert post(client, event(), path=url("other")).status_code == 404
    assert_nothing_stored()


def test_a_database_that_is_away_is_503_and_stripe_comes_again(client, rung, monkeypatch):
    from wagtail_licensing.billing import inbox

    def away(**kwargs):
        raise DatabaseError("away")

    monkeypatch.setattr(inbox, "keep", away)
    assert post(client, event()).status_code == 503


def test_an_object_that_cannot_be_read_now_does_not_change_the_answer(client, settings):
    settings.WAGTAIL_LICENSING_USE_CELERY = False
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = "http://127.0.0.1:9"
    assert post(client, event()).status_code == 200
    target = SyncTarget.objects.get()
    assert (target.requested, target.applied, target.is_dead) == (1, 0, False)
    assert target.next_try is not None
    assert target.error.startswith("unavailable")


def test_a_broker_that_is_away_does_not_change_the_answer(client, settings, caplog):
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    from celery import current_app

    before = current_app.conf.broker_url
    current_app.conf.broker_url = "redis://127.0.0.1:9/0"
    try:
        assert post(client, event()).status_code == 200
    finally:
        current_app.conf.broker_url = before
    assert SyncTarget.objects.get().applied == 0
    assert "the sweep will find it" in caplog.text


def test_receiving_costs_a_fixed_number_of_queries(client, rung, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        post(client, event())
    with django_assert_max_num_queries(5):
        post(client, event())
