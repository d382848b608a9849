"""Apply for a license: the questions, and how the application stands."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from ..conf import now
from ..domain.states import Cause, PendingReason
from ..licenses import AppliedBefore, ChangedBy, apply_for_license
from ..models import LicenseApplication, LicenseProduct, ProductQuestion
from ..models.applications import QuestionKind
from ..models.products import IssueMode
from .formats import format_instant
from .holdings import held_products, holdings_of
from .offers import price_options
from .responses import SeeOther, member_only, tell

#: Characters that one answer has at most.
LONGEST_ANSWER = 5000


class ApplicationForm(forms.Form):
    """The questions of a product as a form. ``answers`` are the words asked, and what was answered."""

    def __init__(self, *args: Any, questions: list[ProductQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            self.fields[f"question-{question.pk}"] = _field(question)

    def answers(self) -> list[dict[str, str]]:
        """Return the answers of a valid form, in the order of the questions."""
        rows = []
        for question in self.questions:
            value = self.cleaned_data[f"question-{question.pk}"]
            answer = (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)
            rows.append({"question": question.label, "answer": answer})
        return rows


def _field(question: ProductQuestion) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help_text,
        "required": question.is_required,
    }
    match question.kind:
        case QuestionKind.YES:
            return forms.BooleanField(**common)
        case QuestionKind.CHOICE:
            words = [line.strip() for line in question.choices.splitlines() if line.strip()]
            choices = [("", gettext_lazy("Please choose")), *((word, word) for word in words)]
            return forms.ChoiceField(choices=choices, **common)
        case QuestionKind.TEXT:
            widget = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=LONGEST_ANSWER, widget=widget, **common)
        case _:
            return forms.CharField(max_length=255, **common)


@require_http_methods(["GET", "HEAD", "POST"])
@member_only
@csrf_protect
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the questions of a product that needs approval, and take the answers. Anything else: 404."""
    product = get_object_or_404(
        LicenseProduct, slug=slug, issue_mode=IssueMode.APPROVAL, is_archived=False
    )
    at = now()
    if product.pk in held_products(holdings_of(request.user), at).open:
        return tell(
            request,
            heading=_("You have %(product)s already") % {"product": product.name},
            text=_("There is nothing to apply for."),
            status=409,
            links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
        )
    form = ApplicationForm(
        request.POST if request.method == "POST" else None, questions=list(product.questions.all())
    )
    if not form.is_valid():
        status = 400 if request.method == "POST" else 200
        context = {"form": form, "product": product}
        return render(request, "wagtail_licensing/apply.html", context, status=status)
    answers = form.answers()
    by = ChangedBy(cause=Cause.MEMBER, actor=request.user)
    try:
        application = apply_for_license(
            product=product, user=request.user, answers=answers, at=at, by=by
        )
    except AppliedBefore:
        known = LicenseApplication.objects.filter(product=product, user=_person(request))
        application = known.select_related("license").latest("pk")
    return SeeOther(reverse("wagtail_licensing:application", args=[application.license.reference]))


def _person(request: HttpRequest) -> Any:
    return request.user


@require_safe
@member_only
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """Show how an application of one's own stands, and what it can be paid with. Others': 404."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    found = get_object_or_404(
        LicenseApplication.objects.select_related("product", "license"),
        license__reference=reference,
        user=_person(request),
    )
    at = now()
    waits_to_be_paid = found.license.pending_reason == PendingReason.PAYMENT
    can_pay = waits_to_be_paid and found.pay_until is not None and at < found.pay_until
    context = {
        "application": found,
        "product": found.product,
        "answers": found.answers,
        "can_pay": can_pay,
        "is_too_late": found.pay_until is not None
        and at >= found.pay_until
        and not can_pay
        and found.license.state in {"pending", "expired"},
        "pay_until": format_instant(found.pay_until) if found.pay_until else "",
        "prices": price_options(found.product, trials=False) if can_pay else [],
        "account_url": reverse("wagtail_licensing:account"),
    }
    return render(request, "wagtail_licensing/application.html", context)
