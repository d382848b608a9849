"""Whatever anybody sends to whatever address of ours: no answer is an error of the server's."""

import json
import re
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.billing.world import sign
from tests.conftest import examples, gate_page, make_product
from tests.fuzz.addresses import patterns_below
from wagtail_licensing import tasks
from wagtail_licensing.models import StripeEvent, SyncTarget

pytestmark = pytest.mark.django_db

HOOK = "/licensing/stripe/default/"

fuzzing = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

#: Text without surrogates, which no client can send; everything else, NUL included.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
events = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("evt_1") | texts | json_values,
        "object": st.sampled_from(["event", "v2.core.event"]) | json_values,
        "type": st.sampled_from(["invoice.paid", "charge.refunded", "v1.refund.failed"]) | json_values,
        "livemode": st.booleans() | json_values,
        "created": st.integers(0, 2**40) | st.just("2026-11-24T12:00:00Z") | json_values,
        "data": st.fixed_dictionaries({"object": json_values}) | json_values,
        "related_object": st.fixed_dictionaries({"id": json_values, "type": json_values}) | json_values,
        "account": st.none() | json_values,
        "context": st.none() | json_values,
    },
)


@pytest.fixture
def visitor(monkeypatch):
    """A client to whom an exception is an answer of 500, as on a real site."""
    monkeypatch.setattr(tasks, "ring", lambda target_id: None)
    return Client(raise_request_exception=False)


def headers_of(pairs):
    """Return what a server would pass on: printable Latin-1, as WSGI has it."""
    return {name: value for name, value in pairs.items() if value.isprintable()}


@settings(fuzzing, max_examples=examples(40))
@given(body=st.binary(max_size=400), signature=st.text(st.characters(max_codepoint=255), max_size=80))
def test_bytes_that_nobody_signed_are_refused(visitor, body, signature):
    response = visitor.post(
        HOOK, body, content_type="application/json", headers=headers_of({"Stripe-Signature": signature})
    )
    assert response.status_code == 400
    assert not StripeEvent.objects.exists()


@settings(fuzzing, max_examples=examples(40))
@given(body=st.binary(max_size=400) | json_values.map(lambda value: json.dumps(value).encode()))
def test_bytes_that_are_signed_and_mean_nothing_are_refused(visitor, body):
    import hashlib
    import hmac
    import time

    now = int(time.time())
    mark = hmac.new(b"whsec_suite", f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    response = visitor.post(
        HOOK, body, content_type="text/plain", headers={"Stripe-Signature": f"t={now},v1={mark}"}
    )
    assert response.status_code == 400
    assert not StripeEvent.objects.exists()


@settings(fuzzing, max_examples=examples(80))
@given(event=events)
def test_a_signed_event_of_any_shape_is_kept_or_refused(visitor, event):
    body = json.dumps(event)
    response = visitor.post(
        HOOK, body, content_type="application/json", headers={"Stripe-Signature": sign(body)}
    )
    assert response.status_code in {200, 400}
    # What is kept can be read back and acted on.
    for target in SyncTarget.objects.all():
        assert 0 < len(target.object_id) <= 255
        assert target.kind
    assert all(isinstance(row.payload, dict) for row in StripeEvent.objects.all())


def concrete(route, draw_text):
    """Fill the converters of ``route`` with text, quoted as a browser would."""

    def fill(match):
        kind = match[1] or "str"
        if kind == "int":
            return str(abs(hash(draw_text)) % 10**20)
        return quote(draw_text or "x", safe="")

    return "/" + re.sub(r"<(?:(\w+):)?\w+>", fill, route)


@pytest.fixture
def people(alice, olivia, article, pro):
    """A member and the owner, on a site with something to buy."""
    gate_page(article, pro)
    make_product("Extra")
    clients = [Client(raise_request_exception=False) for _ in range(2)]
    clients[0].force_login(alice)
    clients[1].force_login(olivia)
    return clients


@settings(fuzzing, max_examples=examples(1))
@given(
    text=texts,
    field=st.sampled_from(["quantity", "next", "page", "action", "target", "user", "at", "ids", "p"]),
    value=texts,
    raw=st.binary(max_size=60),
)
@example(text="\x00é", field="next", value="\x00//evil", raw=b"\xff%00=%zz&&=")
def test_no_address_of_ours_stumbles(people, text, field, value, raw):
    """Under ``licensing/`` as a member, in the admin as the owner: whoever gets furthest."""
    member, owner = people
    for prefix, person in (("licensing/", member), ("admin/licensing/", owner)):
        routes = list(patterns_below(prefix))
        assert len(routes) > 10
        for route in routes:
            address = concrete(route, text)
            for response in (
                person.get(f"{address}?{field}={quote(value)}"),
                person.post(address, raw, content_type="application/x-www-form-urlencoded"),
            ):
                # 503 is said on purpose, for example by the webhook without its database.
                assert response.status_code in {*range(500), 503}, (route, response.status_code)


def test_the_fuzzer_would_notice(visitor, monkeypatch):
    """The control: an exception that nobody expected is seen as an answer of 500."""
    from wagtail_licensing.billing import inbox

    def broken(**kwargs):
        raise RecursionError

    monkeypatch.setattr(inbox, "receive", broken)
    assert visitor.post(HOOK, b"{}", content_type="application/json").status_code == 500
