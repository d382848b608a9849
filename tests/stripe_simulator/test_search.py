"""Search in Stripe's query language, and lists that are cut at ten."""

import pytest
import stripe


@pytest.fixture
def products(client) -> dict[str, str]:
    given = {
        "Pro": {"metadata": {"tier": "1"}},
        "Pro Team": {"metadata": {"tier": "2", "o'k": "yes"}},
        "Course": {"active": False},
    }
    return {name: client.v1.products.create({"name": name, **rest}).id for name, rest in given.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name:'Pro'", {"Pro"}),
        ('name:"pro"', {"Pro"}),
        ("name~'pro'", {"Pro", "Pro Team"}),
        ("-name~'pro'", {"Course"}),
        ("active:'false'", {"Course"}),
        ("active:'true' AND metadata['tier']:'2'", {"Pro Team"}),
        ("metadata['tier']:'1' OR name:'Course'", {"Pro", "Course"}),
        ("metadata['tier']:null", {"Course"}),
        ("name~'pro' -metadata['tier']:'1'", {"Pro Team"}),
        ("description:null", {"Pro", "Pro Team", "Course"}),
        ("name:'nothing'", set()),
    ],
)
def test_a_query_finds(client, products, query, found) -> None:
    rows = client.v1.products.search({"query": query}).data
    assert {row.name for row in rows} == found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "name",
        "name:",
        "name:'open",
        "colour:'red'",
        "name>'a'",
        "name~'ab'",
        "metadata['a']>1",
        "metadata:'a'",
        "name:'a' AND name:'b' OR name:'c'",
        "name:'a' name",
        " AND ".join(["name:'a'"] * 11),
    ],
)
def test_a_query_without_sense_is_refused(client, query) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.products.search({"query": query})
    assert refused.value.param == "query"


def test_numbers_are_compared_and_the_rest_is_found_too(simulator, shop) -> None:
    subscription = shop.subscribe()
    api, now = shop.client.v1, simulator.now
    assert [row.id for row in api.subscriptions.search({"query": "status:'active'"}).data] == [
        subscription.id
    ]
    assert api.subscriptions.search({"query": f"created>{now + 100}"}).data == []
    assert len(api.charges.search({"query": "amount>=6000 AND refunded:'false'"}).data) == 1
    assert len(api.invoices.search({"query": f"subscription:'{subscription.id}'"}).data) == 1
    assert len(api.customers.search({"query": "email~'ADA@'"}).data) == 1
    assert len(api.prices.search({"query": "lookup_key:'course'"}).data) == 1
    assert len(api.payment_intents.search({"query": "amount<1"}).data) == 0
    with pytest.raises(stripe.InvalidRequestError):
        api.charges.search({"query": "amount~'600'"})


def test_pages_of_a_search_follow_each_other(client) -> None:
    for at in range(12):
        client.v1.products.create({"name": f"Product {at}"})
    page = client.v1.products.search({"query": "name~'product'", "limit": 5})
    assert (len(page.data), page.has_more) == (5, True)
    assert len({row.id for row in page.auto_paging_iter()}) == 12
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.search({"query": "name~'product'", "page": "x"})


def test_a_subscription_shows_ten_items_and_the_list_has_all(shop) -> None:
    prices = [
        shop.client.v1.prices.create(
            {
                "product": shop.pro.id,
                "currency": "eur",
                "unit_amount": 100 + at,
                "recurring": {"interval": "month"},
            }
        ).id
        for at in range(12)
    ]
    subscription = shop.subscribe(items=[{"price": price} for price in prices])
    assert (len(subscription["items"].data), subscription["items"].has_more) == (10, True)
    rows = shop.client.v1.subscription_items.list({"subscription": subscription.id, "limit": 5})
    assert len(list(rows.auto_paging_iter())) == 12
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    assert len(list(shop.client.v1.invoices.line_items.list(invoice.id).auto_paging_iter())) == 12
