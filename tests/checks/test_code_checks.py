"""System checks of the gates in the code of a site."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.urls import include, path
from django.views import View
from wagtail.blocks import CharBlock, ListBlock, StreamBlock, StructBlock

from wagtail_licensing.blocks import PaywallLineBlock, PaywallStreamBlock
from wagtail_licensing.blocks.parts import misplaced_lines
from wagtail_licensing.checks import CHECKS, code
from wagtail_licensing.decorators import LicenseRequiredMixin, license_required
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db


def a_view(request):
    return HttpResponse("x")


async def an_async_view(request):
    return HttpResponse("x")


def found(monkeypatch, *views):
    patterns = [path(f"{number}/", view) for number, view in enumerate(views)]
    resolver = SimpleNamespace(url_patterns=[path("all/", include((patterns, "views")))])
    monkeypatch.setattr(code, "get_resolver", lambda: resolver)
    messages = code.check_gated_views()
    assert {message.id for message in messages} <= {"wagtail_licensing.W015"}
    return [message.msg for message in messages]


def test_the_test_site_has_nothing_to_hear():
    assert set(code.CHECKS) <= set(CHECKS)
    assert [message for check in code.CHECKS for message in check()] == []


@pytest.mark.parametrize("view", [a_view, an_async_view])
def test_a_view_for_a_product_that_does_not_exist_is_named(monkeypatch, pro, view):
    gated = license_required(products=["pro", "por"])(view)
    (message,) = found(monkeypatch, gated)
    assert "'por'" in message
    assert view.__name__ in message
    assert found(monkeypatch, license_required(products=["pro"])(view), a_view) == []


def test_a_class_based_view_is_named_too(monkeypatch, pro):
    class Tools(LicenseRequiredMixin, View):
        license_products = ("por",)

    class Fine(LicenseRequiredMixin, View):
        license_products = ("pro",)

    assert len(found(monkeypatch, Tools.as_view(), Fine.as_view())) == 1


def test_a_view_for_an_area_without_a_gate_is_named(monkeypatch, pro):
    view = license_required(area="tools")(a_view)
    (message,) = found(monkeypatch, view)
    assert "'tools'" in message
    assert found(monkeypatch, license_required(area="tools", products=["pro"])(a_view)) == []
    Gate.objects.create(kind="area", area="tools")
    assert found(monkeypatch, view) == []


def test_an_unknown_product_lets_nobody_in(rf, olivia, alice, pro, now):
    from tests.conftest import give

    give(alice, pro, at=now)
    view = license_required(products=["por"])(a_view)
    request = rf.get("/")
    request.user = alice
    assert view(request).status_code == 503


def test_addresses_that_cannot_be_read_are_left_to_other_checks(monkeypatch):
    def fail():
        raise ImportError

    monkeypatch.setattr(code, "get_resolver", fail)
    assert code.check_gated_views() == []


def test_a_line_that_holds_nothing_back_is_named(monkeypatch):
    line = PaywallLineBlock
    good = PaywallStreamBlock([("text", CharBlock()), ("line", line())])
    assert misplaced_lines(good) == []
    for bad in (
        StreamBlock([("line", line())]),
        PaywallStreamBlock([("inner", StreamBlock([("line", line())]))]),
        PaywallStreamBlock([("inner", PaywallStreamBlock([("line", line())]))]),
        StreamBlock([("inner", StructBlock([("items", ListBlock(line()))]))]),
    ):
        assert len(misplaced_lines(bad)) == 1
    field = SimpleNamespace(name="body", stream_block=StreamBlock([("line", line())]))
    model = SimpleNamespace(_meta=SimpleNamespace(label="site.Page"))
    monkeypatch.setattr(code, "streams_of_models", lambda: [(model, field)])
    (message,) = code.check_paywall_lines()
    assert message.id == "wagtail_licensing.W015"
    assert "site.Page.body" in message.msg
