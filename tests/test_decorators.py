"""Gates before views."""

import asyncio

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.views import View

from tests.conftest import CANARY, give
from wagtail_licensing.decorators import LicenseRequiredMixin, license_required
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


def secret(request, number=0):
    return HttpResponse(f"{CANARY} {number}", headers={"Cache-Control": "public, max-age=60"})


def ask(view, user=None, **kwargs):
    request = RequestFactory().get("/tools/")
    request.user = user or AnonymousUser()
    return view(request, **kwargs)


@pytest.fixture
def tools(pro):
    """The area "tools" behind a gate that Pro opens."""
    gate = Gate.objects.create(kind="area", area="tools")
    EntitlementRule.objects.create(gate=gate, product=pro)
    return gate


def test_an_area_opens_with_the_license_its_gate_asks_for(alice, charlie, tools, pro, now):
    view = license_required(area="tools", title="The tools")(secret)
    give(alice, pro, at=now)
    response = ask(view, alice, number=7)
    assert f"{CANARY} 7" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    for user in (None, charlie):
        response = ask(view, user)
        assert CANARY not in response.content.decode()
        assert "The tools" in response.content.decode()
        assert response["Cache-Control"] == "private, no-store"


def test_an_area_behind_a_sign_in_gate_leads_to_the_sign_in_page(tools):
    tools.without_access = "login"
    tools.save()
    response = ask(license_required(area="tools")(secret))
    assert (response.status_code, response["Location"]) == (302, "/login/?next=%2Ftools%2F")


def test_one_of_the_products_opens(alice, charlie, pro, basic, team, now):
    view = license_required(products=["pro", "basic"])(secret)
    give(alice, basic, at=now)
    give(charlie, team, at=now)
    assert CANARY in ask(view, alice).content.decode()
    assert CANARY not in ask(view, charlie).content.decode()


def test_a_gate_of_the_area_takes_the_place_of_the_products(alice, tools, basic, now):
    give(alice, basic, at=now)
    view = license_required(area="tools", products=["basic"])(secret)
    assert CANARY not in ask(view, alice).content.decode()
    tools.delete()
    assert CANARY in ask(view, alice).content.decode()


@pytest.mark.parametrize("options", [{"area": "nowhere"}, {"products": ["no-such"]}])
def test_a_view_that_nothing_opens_is_closed_and_says_so_in_the_log(alice, pro, now, options, caplog):
    give(alice, pro, at=now)
    response = ask(license_required(**options)(secret), alice)
    assert response.status_code == 503
    assert CANARY not in response.content.decode()
    assert "stays closed" in caplog.text


def test_a_decorator_without_a_condition_is_refused_when_it_is_written():
    with pytest.raises(ValueError, match="area or products"):
        license_required()


def test_class_based_views_are_gated(alice, charlie, tools, pro, now):
    class Tools(LicenseRequiredMixin, View):
        license_area = "tools"

        def get(self, request):
            return secret(request)

    give(alice, pro, at=now)
    assert CANARY in ask(Tools.as_view(), alice).content.decode()
    assert CANARY not in ask(Tools.as_view(), charlie).content.decode()


@pytest.mark.django_db(transaction=True)
def test_asynchronous_class_based_views_are_gated(alice, charlie, tools, pro, now):
    class Tools(LicenseRequiredMixin, View):
        license_area = "tools"

        async def get(self, request):
            return HttpResponse(CANARY)

    give(alice, pro, at=now)
    view = Tools.as_view()
    opened = asyncio.run(ask(view, alice))
    assert CANARY in opened.content.decode()
    assert opened["Cache-Control"] == "private, no-store"
    denied = asyncio.run(ask(view, charlie))
    assert CANARY not in denied.content.decode()
    assert denied["Cache-Control"] == "private, no-store"


@pytest.mark.django_db(transaction=True)
def test_asynchronous_views_are_gated(alice, charlie, tools, pro, now):
    @license_required(area="tools")
    async def view(request):
        return secret(request)

    give(alice, pro, at=now)
    assert CANARY in asyncio.run(ask(view, alice)).content.decode()
    assert CANARY not in asyncio.run(ask(view, charlie)).content.decode()
