"""What was given by hand: rows of guardian's tables without a license, of a person or their groups."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from ..models import (
    EntitlementRule,
    GateGroupPermission,
    GateUserPermission,
    ProductGroupPermission,
    ProductUserPermission,
)
from ..models.gates import GateAudience

USE_PRODUCT = "use_product"
OPEN_GATE = "open_gate"


def groups_of(user_id: Any) -> QuerySet[Group]:
    """Return the groups of a user, by whatever name the user model relates to them."""
    relation = get_user_model()._meta.get_field("groups").related_query_name()
    return Group.objects.filter(**{relation: user_id})


def permissions_given() -> dict[int, str]:
    """Return the ids of the permissions that count when given by hand, with their codenames. One
    query."""
    rows = Permission.objects.filter(codename__in=[USE_PRODUCT, OPEN_GATE])
    return dict(rows.values_list("pk", "codename"))


def granted_products(user_id: Any) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return the rows that give products to a person, and to their groups. No query yet."""
    return (
        ProductUserPermission.objects.filter(
            user_id=user_id, license__isnull=True, permission__codename=USE_PRODUCT
        ),
        ProductGroupPermission.objects.filter(
            group__in=groups_of(user_id).values("pk"), permission__codename=USE_PRODUCT
        ),
    )


def granted_gates(user_id: Any) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return the rows that open gates to a person, and to their groups. No query yet."""
    return (
        GateUserPermission.objects.filter(user_id=user_id, permission__codename=OPEN_GATE),
        GateGroupPermission.objects.filter(
            group__in=groups_of(user_id).values("pk"), permission__codename=OPEN_GATE
        ),
    )


def people_given(*, gate_id: Any, product_ids: Iterable[int]) -> Q:
    """Return the condition on users that a gate, or one of the products, was given to them or to one
    of their groups by hand. No query yet."""
    products = list(product_ids)
    people = Q(
        pk__in=GateUserPermission.objects.filter(
            content_object=gate_id, permission__codename=OPEN_GATE
        ).values("user_id")
    )
    groups = Q(
        pk__in=GateGroupPermission.objects.filter(
            content_object=gate_id, permission__codename=OPEN_GATE
        ).values("group_id")
    )
    if products:
        people |= Q(
            pk__in=ProductUserPermission.objects.filter(
                content_object__in=products, license__isnull=True, permission__codename=USE_PRODUCT
            ).values("user_id")
        )
        groups |= Q(
            pk__in=ProductGroupPermission.objects.filter(
                content_object__in=products, permission__codename=USE_PRODUCT
            ).values("group_id")
        )
    # Asked for by id, not joined: whoever is in two of the groups is one person.
    members = get_user_model()._default_manager.filter(groups__in=Group.objects.filter(groups))
    return people | Q(pk__in=members.values("pk"))


def pairs_given(gate_ids: Iterable[int], **users: Any) -> QuerySet[Any]:
    """Return the pairs of a gate for license holders and a person to whom it, or one of its products,
    was given by hand, themselves or through a group; each once. ``users`` are conditions on them. No
    query yet."""
    ids = list(gate_ids)
    # From a group to its people, by whatever name the user model relates to them.
    people = get_user_model()._meta.get_field("groups").related_query_name()

    def pairs(model: Any, gate: str, person: str, **conditions: Any) -> QuerySet[Any]:
        # In one call: conditions on many rows in two calls may be met by two of them.
        known: QuerySet[Any] = model.objects.filter(
            **{f"{gate}__in": ids, f"{person}__isnull": False},
            **{f"{person}__{name}": value for name, value in users.items()},
            **conditions,
        )
        return known.order_by().values_list(gate, f"{person}__pk")

    gates = {"content_object__audience": GateAudience.LICENSED, "permission__codename": OPEN_GATE}
    rules = {"gate__audience": GateAudience.LICENSED}
    by_user = {
        "product__user_grants__permission__codename": USE_PRODUCT,
        "product__user_grants__license__isnull": True,
    }
    by_group = {"product__group_grants__permission__codename": USE_PRODUCT}
    group = f"product__group_grants__group__{people}"
    found: QuerySet[Any] = pairs(GateUserPermission, "content_object_id", "user", **gates).union(
        pairs(GateGroupPermission, "content_object_id", f"group__{people}", **gates),
        pairs(EntitlementRule, "gate_id", "product__user_grants__user", **rules, **by_user),
        pairs(EntitlementRule, "gate_id", group, **rules, **by_group),
    )
    return found


def gates_given(gate_ids: Iterable[int]) -> set[int]:
    """Return those of the gates that somebody was given by hand. Two queries, none without a gate."""
    ids = list(gate_ids)
    if not ids:
        return set()
    rows = (GateUserPermission.objects, GateGroupPermission.objects)
    found: set[int] = set()
    for objects in rows:
        given = objects.filter(content_object__in=ids, permission__codename=OPEN_GATE)
        found.update(given.values_list("content_object_id", flat=True))
    return found
