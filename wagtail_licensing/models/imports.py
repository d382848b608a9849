"""Lists of members that are brought in: the file, its rows, and what became of each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..domain.import_rows import DateOrder
from ..domain.recipes import Recipe
from .licenses import License
from .products import LicenseProduct


class ImportState(models.TextChoices):
    """How far an import is."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class ImportRecipe(models.TextChoices):
    """Who made the file."""

    ANY = Recipe.ANY.value, _("Any spreadsheet")
    GHOST = Recipe.GHOST.value, "Ghost"
    PMPRO = Recipe.PMPRO.value, "Paid Memberships Pro"
    WOOCOMMERCE = Recipe.WOOCOMMERCE.value, "WooCommerce"


class ImportDateOrder(models.TextChoices):
    """How days are written where the year does not come first."""

    DAY_FIRST = DateOrder.DAY_FIRST.value, _("Day first: 31/12/2027")
    MONTH_FIRST = DateOrder.MONTH_FIRST.value, _("Month first: 12/31/2027")


class LicenseImport(models.Model):
    """A list of members as it was uploaded, with what its columns mean.

    ``header`` is a list of names, ``columns`` maps a field to the number of its column (from 0),
    ``products`` a text of the product column to the id of a product (None: left out).
    Written only by ``wagtail_licensing.imports``.
    """

    name = models.CharField(_("file"), max_length=200)
    recipe = models.CharField(_("made by"), max_length=20, choices=ImportRecipe)
    state = models.CharField(
        _("state"), max_length=20, choices=ImportState, default=ImportState.UPLOADED
    )
    header = models.JSONField()
    columns = models.JSONField(default=dict)
    products = models.JSONField(default=dict)
    product = models.ForeignKey(
        LicenseProduct,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
    )
    date_order = models.CharField(
        _("days"), max_length=3, choices=ImportDateOrder, default=ImportDateOrder.DAY_FIRST
    )
    makes_accounts = models.BooleanField(_("make accounts"), default=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("import_license", _("Can import licenses"))]
        constraints = [
            models.CheckConstraint(
                name="wl_import_state_known", condition=Q(state__in=ImportState.values)
            )
        ]

    def __str__(self) -> str:
        return self.name


class RowStep(models.TextChoices):
    """How far a row is."""

    READ = "read", _("Read")
    CHECKED = "checked", _("Checked")
    DONE = "done", _("Done")
    UNDONE = "undone", _("Undone")


class RowOutcome(models.TextChoices):
    """What a row does, or did."""

    UNKNOWN = "", _("Not checked yet")
    CREATE = "create", _("New license")
    UPDATE = "update", _("New end")
    SKIP = "skip", _("Left out")
    ERROR = "error", _("Error")


class LicenseImportRow(models.Model):
    """A row of an import. ``number`` is its line in the file, from 2 (1 is the header).

    ``identity`` tells apart whom and what it is about, ``key`` is the row's own id at the former
    system, ``former_end`` the end that an update replaced (``had_end`` False: there was none).
    ``cells`` are emptied some time after the import: the licenses stay, the list does not.
    """

    source = models.ForeignKey(LicenseImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("line"))
    cells = models.JSONField(default=list)
    step = models.CharField(max_length=10, choices=RowStep, default=RowStep.READ)
    outcome = models.CharField(_("outcome"), max_length=10, choices=RowOutcome, blank=True, default="")
    problem = models.CharField(_("why"), max_length=30, blank=True, default="")
    identity = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=200, blank=True, default="")
    new_account = models.BooleanField(_("new account"), default=False)
    license = models.ForeignKey(
        License,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="import_rows",
        verbose_name=_("license"),
    )
    former_end = models.DateTimeField(null=True, blank=True)
    new_end = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="wl_import_row_once", fields=["source", "number"]),
            models.CheckConstraint(
                name="wl_import_row_done_has_license",
                condition=~Q(step__in=["done", "undone"])
                | Q(license__isnull=False)
                | Q(outcome__in=[RowOutcome.SKIP, RowOutcome.ERROR]),
            ),
        ]
        indexes = [
            models.Index(name="wl_import_row_step", fields=["source", "step", "number"]),
            models.Index(name="wl_import_row_identity", fields=["source", "identity"]),
            models.Index(name="wl_import_row_key", fields=["key"], condition=Q(key__gt="", step="done")),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.number}"
