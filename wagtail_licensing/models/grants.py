"""guardian's permissions in tables of our own: who was given what.

A row without a license was given by hand and counts in the access decision. A row with a license
mirrors it, for guardian's own queries; our decision never reads it. guardian's managers look for one
row per person, permission and object, so that they are narrowed to rows given by hand: giving by
hand what a license gives too is a row of its own and outlives the license.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from guardian.ctypes import get_content_type
from guardian.managers import UserObjectPermissionManager
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from .gates import Gate
from .licenses import License, LicenseSeat
from .products import LicenseProduct


class ByHandManager(UserObjectPermissionManager):
    """guardian's manager, writing only rows given by hand; reading sees the mirrored ones too."""

    def assign_perm(self, perm: Any, user_or_group: Any, obj: Model) -> Any:
        """Give ``perm`` on ``obj`` by hand, whatever a license mirrors there."""
        return self._by_hand(perm, user_or_group, obj)

    def bulk_assign_perm(
        self, perm: Any, user_or_group: Any, queryset: Any, ignore_conflicts: bool = False
    ) -> list[Any]:
        """Give ``perm`` on each object by hand."""
        return [self._by_hand(perm, user_or_group, obj) for obj in queryset]

    def assign_perm_to_many(
        self, perm: Any, users_or_groups: Any, obj: Model, ignore_conflicts: bool = False
    ) -> list[Any]:
        """Give ``perm`` on ``obj`` to each person by hand."""
        return [self._by_hand(perm, person, obj) for person in users_or_groups]

    def remove_perm(self, perm: Any, user_or_group: Any, obj: Model) -> tuple[int, dict[str, int]]:
        """Take back what was given by hand; what a license gives stays."""
        rows = self._rows(perm, type(obj)).filter(user=user_or_group, content_object=obj)
        return rows.delete()

    def bulk_remove_perm(
        self, perm: Any, user_or_group: Any, queryset: Any
    ) -> tuple[int, dict[str, int]]:
        """Take back what was given by hand on each object."""
        objects = list(queryset)
        if not objects:
            return 0, {}
        rows = self._rows(perm, type(objects[0]))
        return rows.filter(user=user_or_group, content_object__in=objects).delete()

    def remove_perm_from_many(
        self, perm: Any, users_or_groups: Any, obj: Model
    ) -> tuple[int, dict[str, int]]:
        """Take back what was given by hand to each person."""
        rows = self._rows(perm, type(obj))
        return rows.filter(user__in=users_or_groups, content_object=obj).delete()

    def _rows(self, perm: Any, model: type[Model]) -> QuerySet[Any]:
        return self.filter(license__isnull=True, permission=_permission(perm, model))

    def _by_hand(self, perm: Any, user: Any, obj: Model) -> Any:
        row, _created = self.get_or_create(
            permission=_permission(perm, type(obj)), user=user, content_object=obj, license=None
        )
        return row


def _permission(perm: Any, model: type[Model]) -> Permission:
    if isinstance(perm, Permission):
        return perm
    return Permission.objects.get(content_type=get_content_type(model), codename=perm)


class ProductUserPermission(UserObjectPermissionBase):
    """``use_product`` of one person: by hand, or the mirror of a license or a seat."""

    content_object = models.ForeignKey(
        LicenseProduct, on_delete=models.CASCADE, related_name="user_grants"
    )
    license = models.ForeignKey(
        License, on_delete=models.CASCADE, null=True, blank=True, related_name="grants"
    )
    seat = models.ForeignKey(
        LicenseSeat, on_delete=models.CASCADE, null=True, blank=True, related_name="grants"
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    objects = ByHandManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("product grant of a person")
        verbose_name_plural = _("product grants of people")
        unique_together: ClassVar[list[str]] = []
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="wl_product_grant_by_hand_once",
                fields=["user", "permission", "content_object"],
                condition=Q(license__isnull=True),
            ),
            models.UniqueConstraint(
                name="wl_product_grant_per_license",
                fields=["license"],
                condition=Q(seat__isnull=True),
            ),
            models.UniqueConstraint(name="wl_product_grant_per_seat", fields=["seat"]),
            models.CheckConstraint(
                name="wl_product_grant_seat_has_license",
                condition=Q(seat__isnull=True) | Q(license__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                name="wl_product_grant_ends",
                fields=["ends_at"],
                condition=Q(license__isnull=False),
            ),
        ]


class ProductGroupPermission(GroupObjectPermissionBase):
    """``use_product`` of a whole group, given by hand."""

    content_object = models.ForeignKey(
        LicenseProduct, on_delete=models.CASCADE, related_name="group_grants"
    )

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = _("product grant of a group")
        verbose_name_plural = _("product grants of groups")


class GateUserPermission(UserObjectPermissionBase):
    """``open_gate`` of one person, given by hand."""

    content_object = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="user_grants")

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("gate grant of a person")
        verbose_name_plural = _("gate grants of people")


class GateGroupPermission(GroupObjectPermissionBase):
    """``open_gate`` of a whole group, given by hand."""

    content_object = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="group_grants")

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = _("gate grant of a group")
        verbose_name_plural = _("gate grants of groups")
