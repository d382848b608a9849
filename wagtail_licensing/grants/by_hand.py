"""What was given by hand: rows of guardian's tables without a license, of a person or their groups."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from ..models import (
    GateGroupPermission,
    GateUserPermission,
    ProductGroupPermission,
    ProductUserPermission,
)

USE_PRODUCT = "use_product"
OPEN_GATE = "open_gate"


def groups_of(user_id: Any) -> QuerySet[Group]:
    """Return the groups of a user, by whatever name the user model relates to them."""
    relation = get_user_model()._meta.get_field("groups").related_query_name()
    return Group.objects.filter(**{relation: user_id})


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
