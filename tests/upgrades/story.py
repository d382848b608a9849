"""People with every sort of right, as rows of an older schema, and who may open what.

The rows are written through the models of a migration; a field that is not there yet is left out.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

#: The moment at which it is asked who may open what.
AT = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

#: Page that Pro opens, page that Team opens, page without a gate.
PAGES = {"pro": 9001, "team": 9002, "free": 9003}

GROUP = 501

#: What each person holds, and which of the pages they may open.
PEOPLE = {
    "endless": ["pro", "free"],
    "paying": ["pro", "free"],
    "in-grace": ["pro", "free"],
    "began-today": ["pro", "free"],
    "over-by-a-second": ["free"],
    "begins-tomorrow": ["free"],
    "unpaid": ["free"],
    "expired": ["free"],
    "revoked": ["free"],
    "suspended": ["free"],
    "seated": ["team", "free"],
    "released": ["free"],
    "holder": ["team", "free"],
    "press": ["pro", "free"],
    "key-of-a-gate": ["team", "free"],
    "staff-group": ["pro", "free"],
    "stranger": ["free"],
}

USERS = {name: 101 + number for number, name in enumerate(PEOPLE)}

#: state, what it waits for, start and end of access in seconds from AT, hold.
LICENSES: dict[str, tuple[str, str, int, int | None, str]] = {
    "endless": ("active", "", -900_000, None, ""),
    "paying": ("active", "", -900_000, 86_400, ""),
    "in-grace": ("grace", "", -900_000, 86_400, ""),
    "began-today": ("pending", "start", 0, 86_400, ""),
    "over-by-a-second": ("active", "", -900_000, 0, ""),
    "begins-tomorrow": ("pending", "start", 86_400, 900_000, ""),
    "unpaid": ("pending", "payment", -900_000, 86_400, ""),
    "expired": ("expired", "", -900_000, -86_400, ""),
    "revoked": ("revoked", "", -900_000, 86_400, ""),
    "suspended": ("suspended", "", -900_000, 86_400, "admin"),
}

Models = Callable[[str], Any]


def write(model: Models) -> None:
    """Write the rows of our own tables. People, pages and the group are there already."""
    pro = make(model, "LicenseProduct", name="Pro", slug="pro", kind="subscription", grace_days=5)
    team = make(
        model, "LicenseProduct", name="Team", slug="team", kind="subscription", per_seat=True, seats=3
    )
    for product, page in ((pro, "pro"), (team, "team")):
        gate = make(model, "Gate", kind="page", page_id=PAGES[page])
        make(model, "EntitlementRule", gate=gate, product=product)
    policies = {}
    for product in (pro, team):
        if exists(model, "ProductPolicy"):
            policies[product.pk] = make(
                model, "ProductPolicy", product=product, version=1, created_at=AT - 99 * DAY
            )
    for name, (state, waits_for, start, end, hold) in LICENSES.items():
        license = _license(
            model, pro, policies, name, state=state, start=start, end=end, pending_reason=waits_for
        )
        if hold:
            make(model, "LicenseHold", license=license, kind=hold, placed_at=AT - DAY)
    _seats(model, team, policies)
    _by_hand(model, pro)


def _license(
    model: Models,
    product: Any,
    policies: dict[int, Any],
    name: str,
    *,
    state: str,
    start: int,
    end: int | None,
    **fields: Any,
) -> Any:
    starts_at = AT + dt.timedelta(seconds=start)
    until = None if end is None else AT + dt.timedelta(seconds=end)
    license = make(
        model,
        "License",
        reference=f"WL-{USERS[name]}",
        product=product,
        policy=policies.get(product.pk),
        user_id=USERS[name],
        state=state,
        unheld_state="active" if state == "suspended" else state,
        source="subscription",
        starts_at=starts_at,
        ends_at=until,
        access_until=until,
        held_since=starts_at,
        grace_days=5,
        **fields,
    )
    make(model, "LicenseEvent", license=license, kind="issued", at=starts_at, cause="stripe")
    return license


def _seats(model: Models, team: Any, policies: dict[int, Any]) -> None:
    license = _license(
        model,
        team,
        policies,
        "holder",
        state="active",
        start=-900_000,
        end=None,
        seats_total=3,
        uses_seats=True,
    )
    for slot, name in ((1, "holder"), (2, "seated")):
        seat = {"user_id": USERS[name], "state": "assigned", "slot": slot, "assigned_at": AT - DAY}
        make(model, "LicenseSeat", license=license, **seat)
    gone = {"user_id": USERS["released"], "state": "released", "released_at": AT - DAY}
    make(model, "LicenseSeat", license=license, **gone)
    make(
        model,
        "LicenseSeat",
        license=license,
        state="invited",
        slot=3,
        invited_email="guest@example.org",
        invited_at=AT,
    )


def _by_hand(model: Models, pro: Any) -> None:
    """What was given past every license: to a person, to a group, and the key of a single gate."""
    use, open_ = model("permission:use_product"), model("permission:open_gate")
    gate = model("Gate").objects.get(page_id=PAGES["team"])
    make(model, "ProductUserPermission", user_id=USERS["press"], permission=use, content_object=pro)
    make(model, "ProductGroupPermission", group_id=GROUP, permission=use, content_object=pro)
    make(
        model,
        "GateUserPermission",
        user_id=USERS["key-of-a-gate"],
        permission=open_,
        content_object=gate,
    )


def make(model: Models, name: str, /, **fields: Any) -> Any:
    """Create a row with those of ``fields`` that the model of then has."""
    known = {field.name for field in model(name)._meta.get_fields()}
    known |= {f"{each}_id" for each in known}
    return model(name).objects.create(**{key: value for key, value in fields.items() if key in known})


def exists(model: Models, name: str) -> bool:
    try:
        model(name)
    except LookupError:
        return False
    return True
