"""Organizations: holders of licenses that are not one person, and the people in them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..domain.teams import Role
from .append_only import AppendOnlyModel


class OrganizationRole(models.TextChoices):
    """The roles that can be given; the owner is a column of the organization."""

    MANAGER = Role.MANAGER.value, _("Manager")
    MEMBER = Role.MEMBER.value, _("Member")


class Organization(models.Model):
    """A company, school or team that holds licenses; people use them through seats.

    It has one owner at every moment: the column takes no NULL, and the account of an owner cannot be
    deleted. Written only by ``wagtail_licensing.teams``.
    """

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="owned_organizations",
        verbose_name=_("owner"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def role_of(self, user: Any) -> Role | None:
        """Return what ``user`` is in the organization; None: nothing. At most one query."""
        if not user.is_authenticated or not user.is_active:
            return None
        if self.owner_id == user.pk:
            return Role.OWNER
        row = OrganizationMember.objects.filter(organization=self, user=user).first()
        return Role(row.role) if row is not None else None


class OrganizationMember(models.Model):
    """A person in an organization, beside its owner."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="organization_memberships",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=20, choices=OrganizationRole)
    joined_at = models.DateTimeField(_("joined"))

    class Meta:
        verbose_name = _("member of an organization")
        verbose_name_plural = _("members of organizations")
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="wl_member_once", fields=["organization", "user"]),
            models.CheckConstraint(
                name="wl_member_role_known", condition=Q(role__in=OrganizationRole.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}/{self.user_id}: {self.role}"


class OrganizationEvent(AppendOnlyModel):
    """One line of the history of an organization: who did what to whom. Facts hold ids, no names."""

    PERSONAL = ("actor",)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=40)
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("organization event")
        verbose_name_plural = _("organization events")
        ordering = ["organization", "pk"]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.kind}"


class OrganizationDomain(models.Model):
    """A mail domain whose people may join by themselves, once it is verified and opened."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=253)
    is_open = models.BooleanField(_("people may join"), default=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("domain of an organization")
        verbose_name_plural = _("domains of organizations")
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(name="wl_domain_once", fields=["organization", "domain"]),
            models.UniqueConstraint(
                name="wl_domain_verified_once",
                fields=["domain"],
                condition=Q(verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_domain_open_is_verified",
                condition=Q(is_open=False) | Q(verified_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.domain
