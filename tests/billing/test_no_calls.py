"""Nobody waits for Stripe: no page is served with a line open to it, and no transaction either.

The guard sits below everything, at the socket: what goes out while it must not is an error, however
it was sent.
"""

import re
import socket
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.conftest import gate_page
from tests.fuzz.addresses import patterns_below
from wagtail_licensing.billing import client as line
from wagtail_licensing.models import CheckoutIntent, License

pytestmark = pytest.mark.django_db


class CalledOutError(BaseException):
    """Something was sent; no handler of exceptions may swallow that."""


@pytest.fixture
def guard(monkeypatch):
    """Call ``forbid(when)``: from then on, what this thread sends while ``when()`` is an error."""

    def forbid(when):
        main = threading.current_thread()
        for name in ("connect", "send", "sendall"):
            real = getattr(socket.socket, name)

            def guarded(self, *args, real=real, name=name):
                internet = self.family in {socket.AF_INET, socket.AF_INET6}
                if internet and threading.current_thread() is main and when():
                    raise CalledOutError(name)
                return real(self, *args)

            monkeypatch.setattr(socket.socket, name, guarded)

    return forbid


@pytest.fixture
def member(stripe_world, alice, article):
    """Somebody who bought, has an open checkout, and is signed in."""
    gate_page(article, stripe_world.pro)
    intent = stripe_world.buy(alice, stripe_world.monthly)
    stripe_world.sync("checkout.session", intent.stripe_session_id)
    stripe_world.checkout(alice, stripe_world.once)
    client = Client()
    client.force_login(alice)
    return client


def fill(route, values):
    """Return an address for ``route``; what ``values`` does not know is an id that may not exist."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    known = {**dict.fromkeys(names, 1), **values}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(known[match[1]]), route)


#: Addresses whose GET is allowed to ask Stripe: the return from a checkout, for three seconds.
ASKING = {"licensing/checkout/<str:nonce>/"}


def test_no_page_of_members_asks_stripe(member, stripe_world, article, guard):
    values = {
        "account": "default",
        "price_id": stripe_world.yearly.pk,
        "nonce": CheckoutIntent.objects.latest("pk").nonce,
        "token": "x",
        "filename": "a.pdf",
        "kind": "document",
        "pk": 1,
        "field": "file",
        "page_id": article.pk,
        "reference": License.objects.get().reference,
    }
    guard(lambda: True)
    routes = set(patterns_below("licensing/"))
    assert routes > ASKING
    for route in routes - ASKING:
        assert member.get(fill(route, values)).status_code < 500, route
    assert member.get(article.url).status_code == 200


def test_no_screen_of_the_admin_asks_stripe(member, stripe_world, article, olivia, guard):
    owner = Client()
    owner.force_login(olivia)
    license = License.objects.get()
    values = {"page_id": article.pk, "pk": license.pk, "model_name": "license"}
    guard(lambda: True)
    routes = list(patterns_below("admin/licensing/"))
    assert "admin/licensing/billing/" in routes
    for route in routes:
        assert owner.get(fill(route, values)).status_code < 500, route


def test_the_guard_sees_a_call(stripe_world, guard):
    """The control: the same call that every page is forbidden."""
    line.Gateway().get("/v1/products")
    guard(lambda: True)
    with pytest.raises(CalledOutError):
        line.Gateway().get("/v1/products")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_while_a_transaction_is_open(
    stripe_world, alice, bob, olivia, client, article, guard
):
    """Buying, coming back, webhooks, comparing, importing, replaying: all of it, with the guard on."""
    from django.core.management import call_command

    guard(lambda: connection.in_atomic_block)
    client.force_login(alice)
    assert (
        client.post(reverse("wagtail_licensing:buy", args=[stripe_world.monthly.pk])).status_code == 303
    )
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    client.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))
    for event in stripe_world.events():
        assert stripe_world.send(client, event).status_code == 200
    stripe_world.subscribe(bob, stripe_world.seats)
    call_command("licensing_reconcile")
    call_command("licensing_import_stripe")
    call_command("licensing_sweep")
    call_command("licensing_doctor", "--compare")
    client.force_login(olivia)
    for action in ("probe", "compare", "resume", "replay"):
        client.post("/admin/licensing/billing/", {"action": action, "target": "all"})
    assert License.objects.filter(state="active").count() == 2


def test_nobody_waits_longer_than_ten_seconds_for_an_answer():
    connecting, reading = line.TIMEOUT
    assert connecting <= 10
    assert reading <= 10
    assert line.PATIENCE <= 3
