"""The search endpoints: `status:'active' AND metadata['plan']:'pro'`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from example_site.stripe_simulator.billing.cancellation import subscription_of
from example_site.stripe_simulator.errors import StripeError, invalid
from example_site.stripe_simulator.pagination import limit_of
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, Handler, route
from example_site.stripe_simulator.store import Json

from .updates import need

FIELDS: dict[str, tuple[str, set[str], set[str]]] = {
    "customers": ("customer", {"created"}, {"email", "name", "phone"}),
    "products": ("product", set(), {"active", "description", "name", "shippable", "url"}),
    "prices": ("price", set(), {"active", "currency", "lookup_key", "product", "type"}),
    "subscriptions": ("subscription", {"created", "canceled_at"}, {"status"}),
    "invoices": (
        "invoice",
        {"created", "total"},
        {"currency", "customer", "number", "status", "subscription"},
    ),
    "charges": (
        "charge",
        {"amount", "created"},
        {"currency", "customer", "disputed", "refunded", "status"},
    ),
    "payment_intents": ("payment_intent", {"amount", "created"}, {"currency", "customer", "status"}),
}
"""For each path: the kind of object, its fields that are numbers, and the ones that are texts."""
CLAUSE = re.compile(
    r"""(?P<not>-)?(?P<field>\w+)(?:\[(?P<quote>["'])(?P<key>[^"']{1,40})(?P=quote)\])?"""
    r"""(?P<op>>=|<=|:|~|>|<)(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d{1,18}|null|true|false)"""
)
JOIN = re.compile(r"\s+(AND|OR)\s+|\s+", re.IGNORECASE)
MOST = 10
COMPARE: dict[str, Callable[[int, int], bool]] = {
    ":": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    "<": lambda value, bound: value < bound,
    ">=": lambda value, bound: value >= bound,
    "<=": lambda value, bound: value <= bound,
}
Test = Callable[[Json], bool]


def bad_query(why: str) -> StripeError:
    return invalid(f"We were unable to parse your search query: {why}", param="query")


def parse(query: str, path: str) -> Test:
    """Whether an object matches *query*. Raises `StripeError` for one that Stripe does not take."""
    tests: list[Test] = []
    joins: set[str] = set()
    at, query = 0, query.strip()
    while True:
        match = CLAUSE.match(query, at)
        if match is None:
            raise bad_query(f"a clause is expected at `{query[at : at + 20]}`.")
        tests.append(clause(match, path))
        at = match.end()
        if at == len(query):
            break
        join = JOIN.match(query, at)
        if join is None:
            raise bad_query(f"AND or OR is expected at `{query[at : at + 20]}`.")
        joins.add((join[1] or "AND").upper())
        at = join.end()
    if len(joins) > 1:
        raise bad_query("AND and OR cannot be used in the same query.")
    if len(tests) > MOST:
        raise bad_query(f"more than {MOST} clauses.")
    every = any if joins == {"OR"} else all
    return lambda row: every(test(row) for test in tests)


def clause(match: re.Match[str], path: str) -> Test:
    name, key, op, text = match["field"], match["key"], match["op"], match["value"]
    _, numbers, texts = FIELDS[path]
    if name == "metadata" and key:
        test = metadata_test(key, op, text)
    elif name in numbers and not key:
        test = number_test(name, op, text)
    elif name in texts and not key:
        test = text_test(name, op, text)
    else:
        raise bad_query(f"the field `{name}` cannot be searched.")
    return (lambda row: not test(row)) if match["not"] else test


def number_test(name: str, op: str, text: str) -> Test:
    text = unquoted(text)
    if op == "~" or not re.fullmatch(r"-?\d{1,18}", text):
        raise bad_query(f"the field `{name}` is compared with numbers.")
    return lambda row: row[name] is not None and COMPARE[op](row[name], int(text))


def text_test(name: str, op: str, text: str) -> Test:
    wanted = unquoted(text)
    if op not in {":", "~"}:
        raise bad_query(f"the operator {op} does not go with the field `{name}`.")
    if op == "~" and len(wanted) < 3:
        raise bad_query("a part of a text must have at least three characters.")

    def test(row: Json) -> bool:
        value = as_text(subscription_of(row) if name == "subscription" else row[name])
        if text == "null":
            return value is None
        if value is None:
            return False
        found, sought = value.lower(), wanted.lower()
        return sought in found if op == "~" else sought == found

    return test


def metadata_test(key: str, op: str, text: str) -> Test:
    if op not in {":", "~"}:
        raise bad_query(f"the operator {op} does not go with metadata.")
    wanted = unquoted(text)

    def test(row: Json) -> bool:
        value = (row["metadata"] or {}).get(key)
        if text == "null":
            return value is None
        return value is not None and (wanted in value if op == "~" else wanted == value)

    return test


def as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in {"'", '"'} else text


def searcher(path: str) -> Handler:
    def search(call: Call) -> Json:
        kind = FIELDS[path][0]
        matches = parse(need(call.params, "query"), path)
        rows = [row for row in reversed(call.world.store.all(kind)) if matches(row)]
        limit, start = limit_of(call.params), start_of(call.params.get("page"))
        more = len(rows) > start + limit
        return {
            "object": "search_result",
            "data": [render(call.world, row) for row in rows[start : start + limit]],
            "has_more": more,
            "next_page": f"page_{start + limit}" if more else None,
            "url": call.url,
        }

    return search


def start_of(page: str | None) -> int:
    if page is None:
        return 0
    match = re.fullmatch(r"page_(\d{1,9})", page)
    if not match:
        raise invalid("Invalid page token.", param="page")
    return int(match[1])


for each in FIELDS:
    route("GET", f"/v1/{each}/search")(searcher(each))
