"""The screens of one import, from the file to what became of each row."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView, TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from .. import tasks
from ..conf import now
from ..domain.import_rows import DateOrder, Field
from ..domain.recipes import Recipe
from ..imports import (
    BadImportFile,
    begin_check,
    begin_import,
    begin_undo,
    describe,
    product_values,
    upload,
)
from ..models import LicenseImport
from ..models.imports import ImportState, RowOutcome, RowStep
from .exports import without_formula
from .import_forms import ColumnsForm, ProductWordsForm, UploadForm
from .import_words import problem_words
from .links import IMPORTS, import_url
from .permissions import IMPORT_LICENSES

PER_PAGE = 50

#: What is under way, and the step that its rows have still to leave.
_WAITING_STEP = {
    ImportState.CHECKING: RowStep.READ,
    ImportState.RUNNING: RowStep.CHECKED,
    ImportState.UNDOING: RowStep.DONE,
}


class ImportScreen(WagtailAdminTemplateMixin):
    """What the screens have in common: the right to import, the import, the way back."""

    header_icon = "download"
    kwargs: dict[str, Any]
    request: HttpRequest
    breadcrumbs_items: list[dict[str, Any]]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not import licenses."""
        if not request.user.has_perm(IMPORT_LICENSES):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def record(self) -> LicenseImport:
        """Return the import that the screen is about."""
        return get_object_or_404(LicenseImport.objects.select_related("product"), pk=self.kwargs["pk"])

    def get_page_title(self) -> Any:
        """Return the name of the file."""
        return self.record.name if "pk" in self.kwargs else self.page_title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{IMPORTS}:index"), "label": gettext("Imports")},
            {"url": "", "label": self.get_page_title()},
        ]


class UploadView(ImportScreen, FormView):
    """Takes a file and keeps its rows."""

    template_name = "wagtail_licensing/admin/import_upload.html"
    form_class = UploadForm
    page_title = gettext_lazy("Import licenses")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the rows, or say what is wrong with the file."""
        file = form.cleaned_data["file"]
        try:
            record = upload(
                file=file.file,
                name=file.name,
                recipe=Recipe(form.cleaned_data["recipe"]),
                at=now(),
                by=self.request.user,
            )
        except BadImportFile as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        return redirect(import_url(record.pk, "columns"))


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ColumnsView(ImportScreen, FormView):
    """Asks what the columns are; where one holds products, which product each of its texts means."""

    template_name = "wagtail_licensing/admin/import_columns.html"
    form_class = ColumnsForm
    words_form: ProductWordsForm | None = None

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the import."""
        return {**super().get_form_kwargs(), "record": self.record}

    def form_valid(self, form: Any) -> HttpResponse:
        """Have the rows checked, once everything is said."""
        try:
            self.words_form = self._words_form(form.columns)
            if self.words_form is not None and not self.words_form.is_valid():
                return self.render_to_response(self.get_context_data(form=form))
            describe(
                import_id=self.record.pk,
                columns=form.columns,
                product=form.cleaned_data["product"],
                products=self.words_form.products if self.words_form else {},
                date_order=DateOrder(form.cleaned_data["date_order"]),
                makes_accounts=form.cleaned_data["makes_accounts"],
            )
            begin_check(import_id=self.record.pk)
        except BadImportFile as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        tasks.ring_import(self.record.pk)
        return redirect(import_url(self.record.pk))

    def _words_form(self, columns: dict[Field, int]) -> ProductWordsForm | None:
        """Return the form for the texts of the product column: unbound where it was not shown yet."""
        column = columns.get(Field.PRODUCT)
        if column is None:
            return None
        values = product_values(record=self.record, column=column)
        was_shown = self.request.POST.get("words_of") == str(column)
        return ProductWordsForm(
            self.request.POST if was_shown else None, values=values, known=self.record.products
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form for the texts, and of which column they are."""
        context = super().get_context_data(**kwargs)
        form = context["form"]
        column = form.columns.get(Field.PRODUCT) if self.words_form is not None else None
        return {**context, "words_form": self.words_form, "words_of": column}


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ShowImportView(ImportScreen, TemplateView):
    """Shows how far an import is and what its rows do or did; its buttons take the next step."""

    template_name = "wagtail_licensing/admin/import_show.html"
    STEPS = {"import": begin_import, "undo": begin_undo}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the columns first."""
        if self.record.state == ImportState.UPLOADED:
            return redirect(import_url(self.record.pk, "columns"))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a step, or go on with one that was not finished."""
        begin = self.STEPS.get(request.POST.get("action", ""))
        try:
            if begin is not None:
                begin(import_id=self.record.pk)
        except BadImportFile as error:
            messages.warning(request, str(error))
        else:
            tasks.ring_import(self.record.pk)
        return redirect(import_url(self.record.pk))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers and one page of rows. Six queries, however many rows there are."""
        record = self.record
        chosen = self.request.GET.get("outcome", "")
        rows = record.rows.select_related("license")
        if chosen in RowOutcome.values and chosen:
            rows = rows.filter(outcome=chosen)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        column = record.columns.get(Field.EMAIL.value, 0)
        lines = [
            (row, row.cells[column] if column < len(row.cells) else "", problem_words(row.problem))
            for row in page
        ]
        counts = dict(record.rows.order_by().values_list("outcome").annotate(number=Count("pk")))
        left = self._left()
        return super().get_context_data(
            record=record,
            rows=page,
            lines=lines,
            chosen=chosen,
            counts=[
                (value, label, counts.get(value, 0)) for value, label in RowOutcome.choices if value
            ],
            errors=counts.get("error", 0) + counts.get("skip", 0),
            effective=counts.get("create", 0) + counts.get("update", 0),
            accounts=record.rows.filter(new_account=True).count(),
            is_under_way=record.state in _WAITING_STEP,
            done=record.total - left,
            **kwargs,
        )

    def _left(self) -> int:
        step = _WAITING_STEP.get(ImportState(self.record.state))
        return self.record.rows.filter(step=step).count() if step else 0


class LeftOutView(ImportScreen, View):
    """The rows that were left out or failed, with why, as a file to mend and bring again."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """Return the file, row by row."""
        response = StreamingHttpResponse(self._lines(), content_type="text/csv; charset=utf-8")
        name = f"import-{self.record.pk}-left-out.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _lines(self) -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow(
            [without_formula(name) for name in [*self.record.header, gettext("Why")]]
        )
        width = len(self.record.header)
        left_out = self.record.rows.filter(outcome__in=[RowOutcome.SKIP, RowOutcome.ERROR])
        for row in left_out.iterator(chunk_size=500):
            cells = [*row.cells, *[""] * (width - len(row.cells)), problem_words(row.problem)]
            yield writer.writerow([without_formula(cell) for cell in cells])


class _Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        """Return ``text``."""
        return text
