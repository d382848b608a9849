"""Licenses that somebody applies for: the questions, the answers, and what was decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from .licenses import License
from .products import LicenseProduct


class QuestionKind(models.TextChoices):
    """How a question is answered."""

    LINE = "line", _("One line")
    TEXT = "text", _("Several lines")
    CHOICE = "choice", _("One of several")
    YES = "yes", _("A box to tick")


class ProductQuestion(models.Model):
    """What an applicant is asked. ``choices``: one a line."""

    product = ParentalKey(LicenseProduct, on_delete=models.CASCADE, related_name="questions")
    label = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("help"), max_length=255, blank=True, default="")
    kind = models.CharField(_("answer"), max_length=10, choices=QuestionKind, default=QuestionKind.LINE)
    choices = models.TextField(
        _("choices"), blank=True, default="", help_text=_("One a line, for one of several.")
    )
    is_required = models.BooleanField(_("has to be answered"), default=True)
    sort_order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("question to applicants")
        verbose_name_plural = _("questions to applicants")
        ordering = ["sort_order", "pk"]
        constraints = [
            models.CheckConstraint(
                name="wl_question_kind_known", condition=Q(kind__in=QuestionKind.values)
            ),
            models.CheckConstraint(
                name="wl_question_choice_has_choices",
                condition=~Q(kind=QuestionKind.CHOICE) | ~Q(choices=""),
                violation_error_message=_("Write down what can be chosen, one a line."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    WAITING = "waiting", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class LicenseApplication(models.Model):
    """What somebody wrote to get a license, and what staff decided.

    ``answers`` is a list of ``{"question", "answer"}``: the words as they stood when they were asked.
    ``license`` waits with it, as pending(approval). ``pay_until`` (None: nothing to pay) is the
    instant, exclusive, until which it can be paid. Written only by ``wagtail_licensing.licenses``.
    """

    product = models.ForeignKey(
        LicenseProduct,
        on_delete=models.PROTECT,
        related_name="applications",
        verbose_name=_("product"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="license_applications",
        verbose_name=_("applicant"),
    )
    license = models.OneToOneField(
        License, on_delete=models.PROTECT, related_name="application", verbose_name=_("license")
    )
    answers = models.JSONField(_("answers"), default=list)
    state = models.CharField(
        _("state"), max_length=20, choices=ApplicationState, default=ApplicationState.WAITING
    )
    created_at = models.DateTimeField(_("received"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    pay_until = models.DateTimeField(_("can be paid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-pk"]
        permissions = [("decide_licenseapplication", _("Can approve and refuse applications"))]
        constraints = [
            models.UniqueConstraint(
                name="wl_application_one_waits",
                fields=["product", "user"],
                condition=Q(state=ApplicationState.WAITING),
            ),
            models.CheckConstraint(
                name="wl_application_decided_whole",
                condition=Q(state=ApplicationState.WAITING, decided_at__isnull=True)
                | Q(
                    state__in=[ApplicationState.APPROVED, ApplicationState.REFUSED],
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="wl_application_refusal_has_reason",
                condition=~Q(state=ApplicationState.REFUSED) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="wl_application_to_pay",
                fields=["pay_until"],
                condition=Q(pay_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.pk}"
