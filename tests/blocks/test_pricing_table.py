"""The pricing table as a block: the products chosen, or all, as the visitor may get them."""

import pytest

from tests.blocks.conftest import a_request, rendered
from tests.conftest import make_product
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.blocks import PricingTableBlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def prices(pro, basic):
    """Pro in two currencies, Basic in one."""
    return [
        make_price(pro, 1200, "month"),
        make_price(pro, 1300, "month", currency="USD", stripe_price_id="price_usd"),
        make_price(basic, 400, "month"),
    ]


def shown(value, request=None) -> str:
    block = PricingTableBlock()
    data = {"heading": value.get("heading", ""), "products": value.get("products", [])}
    source = "{% include_block value %}"
    return rendered(source, value=block.to_python(data), request=request or a_request())


def items(*products):
    return [{"type": "item", "value": product.pk, "id": f"p{product.pk}"} for product in products]


def test_without_a_choice_everything_is_shown(prices):
    html = shown({"heading": "What it costs"})
    assert "What it costs" in html
    assert "Pro" in html
    assert "Basic" in html
    assert 'name="next" value="/blocks/"' in html


def test_the_products_chosen_are_shown_and_no_others(prices, pro):
    html = shown({"products": items(pro)})
    assert "Buy Pro" in html
    assert "Basic" not in html


def test_a_product_that_is_gone_leaves_the_others(prices, pro, db):
    gone = make_product("Gone")
    chosen = items(pro, gone)
    gone.delete()
    assert "Buy Pro" in shown({"products": chosen})


def test_one_currency_at_a_time(prices):
    html = shown({})
    assert "€12.00" in html
    assert "$13.00" not in html
    html = shown({}, a_request(path="/blocks/?currency=usd"))
    assert "$13.00" in html
    assert "€" not in html
    assert 'aria-current="true">USD' in html
    assert "€12.00" in shown({}, a_request(path="/blocks/?currency=%22%3E"))


def test_the_plan_that_is_paid_is_marked(prices, alice, now):
    subscribe(alice, prices[0], at=now)
    assert shown({}, a_request(alice)).count("Your plan") == 1
    assert "Your plan" not in shown({})


def test_what_is_free_and_what_is_applied_for_lead_to_their_pages(db):
    make_product("Sampler", kind="perpetual", issue_mode="registration")
    make_product("Fellows", kind="perpetual", issue_mode="approval")
    make_product("Given", kind="perpetual", issue_mode="by_hand")
    html = shown({})
    assert "/licensing/get/sampler/" in html
    assert "/licensing/apply/fellows/" in html
    assert "Given" not in html
