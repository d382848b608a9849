"""Gates, the rules that open them, and the stamp that tells every process of a change.

A gate hangs on the id of its target, never on a path: a page may move, its lock moves with it.
"""

import secrets
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.documents import get_document_model_string

from ..compat import page_model_name
from .products import LicenseProduct


class GateStamp(models.Model):
    """The version of all gates: one row, a new random value with every change.

    A random value and not a counter: what a process read inside a transaction that was rolled back
    must never look current again.
    """

    version = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="wl_stamp_is_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(self.version)

    @classmethod
    def raise_version(cls) -> int:
        """Give the gates a new version inside the present transaction. One query, two the first time."""
        version = secrets.randbits(62)
        if not cls.objects.filter(pk=1).update(version=version):
            cls.objects.update_or_create(pk=1, defaults={"version": version})
        for listener in _stamp_listeners:
            listener()
        return version


_stamp_listeners: list[Any] = []


def on_stamp_raised(listener: Any) -> None:
    """Have ``listener()`` called in this process whenever the version is raised in it."""
    if listener not in _stamp_listeners:
        _stamp_listeners.append(listener)


class StampedQuerySet(models.QuerySet[Any]):
    """A queryset whose bulk changes raise the stamp too."""

    def update(self, **kwargs: Any) -> int:
        """Change rows and raise the stamp."""
        with transaction.atomic():
            changed = super().update(**kwargs)
            GateStamp.raise_version()
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete rows and raise the stamp."""
        with transaction.atomic():
            deleted = super().delete()
            GateStamp.raise_version()
        return deleted

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        """Create rows and raise the stamp."""
        with transaction.atomic():
            created = super().bulk_create(*args, **kwargs)
            GateStamp.raise_version()
        return created


class StampedModel(models.Model):
    """A model whose every change raises the stamp in the same transaction."""

    objects = StampedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save and raise the stamp."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            GateStamp.raise_version()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete and raise the stamp."""
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            GateStamp.raise_version()
        return deleted


class GateKind(models.TextChoices):
    """What a gate stands before."""

    PAGE = "page", _("Page and everything under it")
    PAGE_TYPE = "page_type", _("Page type")
    COLLECTION = "collection", _("Collection")
    DOCUMENT = "document", _("Document")
    OBJECT = "object", _("Image, media file or other object")
    AREA = "area", _("Named area")


class GateAudience(models.TextChoices):
    """For whom a gate opens."""

    LICENSED = "licensed", _("People with a license")
    MEMBERS = "members", _("Any signed-in member")
    EVERYONE = "everyone", _("Everyone (free preview)")


class WithoutAccess(models.TextChoices):
    """What somebody without access sees."""

    TEASER = "teaser", _("Teaser and plans")
    LOGIN = "login", _("Sign-in page, then teaser and plans")
    NOT_FOUND = "not_found", _("“Not found” (404)")


_TARGETS = ("page", "page_type", "collection", "document", "object_id", "area")


def _only(kind: str) -> Q:
    """Return the condition that exactly the target of ``kind`` is set."""
    # What is not the target is NULL, never empty.
    column = "object_id" if kind == "object" else kind
    condition = Q(kind=kind)
    for target in _TARGETS:
        condition &= Q(**{f"{target}__isnull": column != target})
    condition &= Q(object_type__isnull=kind != "object")
    return condition & ~Q(**{column: ""}) if kind in ("area", "object") else condition


class Gate(StampedModel, ClusterableModel):
    """The lock on one target: a page and everything under it, a page type, a collection, a document,
    any other object (an image, a media file), or a named area (a block, a view).

    Before the instant ``free_until`` and from ``free_from`` on it is open to everyone. ``free_reads``:
    how many different pages behind it a signed-in visitor reads each month without a license.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=GateKind)
    page = models.ForeignKey(
        page_model_name(),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="licensing_gates",
        verbose_name=_("page"),
    )
    page_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("page type"),
    )
    collection = models.ForeignKey(
        "wagtailcore.Collection",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="licensing_gates",
        verbose_name=_("collection"),
    )
    document = models.ForeignKey(
        get_document_model_string(),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="licensing_gates",
        verbose_name=_("document"),
    )
    object_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("object type"),
    )
    # Text, so that every kind of key fits.
    object_id = models.CharField(  # noqa: DJ001
        _("object"), max_length=64, null=True, blank=True
    )
    # NULL where the gate is none of an area, so that a plain unique constraint serves every database.
    area = models.SlugField(  # noqa: DJ001
        _("named area"), max_length=100, null=True, blank=True
    )
    audience = models.CharField(
        _("opens for"),
        max_length=20,
        choices=GateAudience,
        default=GateAudience.LICENSED,
    )
    without_access = models.CharField(
        _("without access, show"),
        max_length=20,
        choices=WithoutAccess,
        default=WithoutAccess.TEASER,
    )
    free_until = models.DateTimeField(_("open to everyone until"), null=True, blank=True)
    free_from = models.DateTimeField(_("open to everyone from"), null=True, blank=True)
    free_reads = models.PositiveSmallIntegerField(
        _("free pages a month"),
        default=0,
        help_text=_("For signed-in visitors without a license. 0 is none."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ["kind", "pk"]
        permissions = [("open_gate", _("Can open the gate"))]
        constraints = [
            models.CheckConstraint(
                name="wl_gate_one_target",
                condition=_only("page")
                | _only("page_type")
                | _only("collection")
                | _only("document")
                | _only("object")
                | _only("area"),
                violation_error_message=_("A gate has one target, the one that its kind names."),
            ),
            models.CheckConstraint(
                name="wl_gate_audience_known", condition=Q(audience__in=GateAudience.values)
            ),
            models.CheckConstraint(
                name="wl_gate_without_access_known",
                condition=Q(without_access__in=WithoutAccess.values),
            ),
            *(
                models.UniqueConstraint(
                    name=f"wl_gate_once_per_{target.removesuffix('_id')}",
                    fields=["object_type", target] if target == "object_id" else [target],
                    violation_error_message=_("There is a gate on this target already."),
                )
                for target in _TARGETS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.target_label}"

    @property
    def target_label(self) -> str:
        """Return what the gate stands before, for people. Costs a query unless the target is loaded."""
        if self.kind == GateKind.PAGE_TYPE and self.page_type:
            model = self.page_type.model_class()
            return str(model._meta.verbose_name) if model else str(self.page_type)
        if self.kind == GateKind.OBJECT:
            return self._object_label()
        target = {
            GateKind.PAGE: self.page,
            GateKind.COLLECTION: self.collection,
            GateKind.DOCUMENT: self.document,
        }.get(GateKind(self.kind))
        return str(target) if target is not None else (self.area or "")

    @property
    def target_object(self) -> Any:
        """Return the object of a gate of the kind "object", or None if it is gone. One query."""
        model = self.object_type.model_class() if self.object_type else None
        if model is None:
            return None
        try:
            return model._base_manager.filter(pk=self.object_id).first()
        except (ValueError, ValidationError):  # a key of another kind than the model's
            return None

    def _object_label(self) -> str:
        found = self.target_object
        model = self.object_type.model_class() if self.object_type else None
        kind = model._meta.verbose_name if model else self.object_type
        return f"{kind}: {found if found is not None else self.object_id}"


class EntitlementRule(StampedModel):
    """Product -> gate: holding the product opens the gate, ``after_days`` of holding it.

    ``downloads_per_month``: files behind the gate that one license downloads in a calendar month;
    None is without limit.
    """

    product = ParentalKey(
        LicenseProduct, on_delete=models.CASCADE, related_name="rules", verbose_name=_("product")
    )
    gate = ParentalKey(Gate, on_delete=models.CASCADE, related_name="rules", verbose_name=_("gate"))
    after_days = models.PositiveIntegerField(
        _("after days held"), default=0, help_text=_("0 opens at once.")
    )
    keeps = models.BooleanField(
        _("keeps what was published while held"),
        default=False,
        help_text=_("When the license has ended, pages published while it was held stay open."),
    )
    downloads_per_month = models.PositiveSmallIntegerField(
        _("downloads a month"),
        null=True,
        blank=True,
        help_text=_("Different files behind the gate that a license downloads. Empty: no limit."),
    )

    class Meta:
        verbose_name = _("entitlement rule")
        verbose_name_plural = _("entitlement rules")
        ordering = ["product__sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="wl_rule_once",
                fields=["product", "gate"],
                violation_error_message=_("This product opens this gate already."),
            ),
            models.CheckConstraint(
                name="wl_rule_downloads_above_zero",
                condition=Q(downloads_per_month__isnull=True) | Q(downloads_per_month__gte=1),
                violation_error_message=_("A limit allows at least one download a month."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} → {self.gate}"
