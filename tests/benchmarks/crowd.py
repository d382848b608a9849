"""A crowd of subscriptions at a simulated Stripe in a process of its own, and the same crowd here.

Run as a module it serves: the first line that it prints says where. It ends with its input.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from example_site.stripe_simulator import Simulator

KEY = "sk_test_bench"
MINUTE = 60
#: So many of the crowd are customers that can be read; nobody of ours reads them.
PEOPLE = 10


def subscription_id(number: int) -> str:
    return f"sub_bench{number:07}"


def customer_id(number: int) -> str:
    return f"cus_bench{number:07}"


def item_id(number: int) -> str:
    return f"si_bench{number:07}"


def serve(size: int) -> None:
    """Serve ``size`` copies of a subscription, one a minute, until the input ends."""
    with Simulator(seed="bench") as simulator:
        price, original = _one_subscription(simulator)
        store = simulator.world.store
        with simulator.world.lock:
            rows = store.kinds["subscription"]
            model = rows.pop(original)
            for number in reversed(range(size)):
                copy = _copy(model, number)
                rows[copy["id"]] = copy
            store.timers.clear()
            store.kinds.pop("event", None)
            somebody = store.kinds["customer"][model["customer"]]
            for number in range(PEOPLE):
                person = {**somebody, "id": customer_id(number)}
                store.kinds["customer"][person["id"]] = person
        sys.stdout.write(json.dumps({"url": simulator.base_url, "price": price}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _one_subscription(simulator: Simulator) -> tuple[str, str]:
    def post(path: str, **fields: Any) -> str:
        answer = requests.post(f"{simulator.base_url}/v1/{path}", data=fields, auth=(KEY, ""), timeout=9)
        return answer.json()["id"]

    product = post("products", name="Bench")
    price = post(
        "prices",
        **{"product": product, "currency": "eur", "unit_amount": 900, "recurring[interval]": "year"},
    )
    customer = post("customers")
    simulator.card(customer, "ok")
    return price, post("subscriptions", **{"customer": customer, "items[0][price]": price})


def _copy(model: dict[str, Any], number: int) -> dict[str, Any]:
    """The newest has the lowest number."""
    (item,) = model["items"]["data"]
    # Both are null or empty at Stripe; dj-stripe reads only empty ones.
    item = {**item, "tax_rates": []}
    rows = [{**item, "id": item_id(number), "subscription": subscription_id(number)}]
    return {
        **model,
        "default_tax_rates": [],
        "id": subscription_id(number),
        "customer": customer_id(number),
        "created": model["created"] - number * MINUTE,
        "items": {**model["items"], "data": rows},
    }


@dataclass
class Crowd:
    """Where the crowd is served, and how many there are."""

    url: str
    price: str
    size: int


@contextmanager
def served(size: int) -> Iterator[Crowd]:
    """A crowd of ``size`` in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.crowd", str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            yield Crowd(size=size, **said)
        finally:
            process.communicate("")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
