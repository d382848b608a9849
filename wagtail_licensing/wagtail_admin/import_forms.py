"""Forms of the import: the file, what its columns are, which products its words mean."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..domain.import_rows import Field
from ..models import LicenseImport, LicenseProduct
from ..models.imports import ImportDateOrder, ImportRecipe
from .import_words import FIELDS

#: Fields that only lists of some other system have.
_SPECIAL = {Field.STATUS, Field.STRIPE}
_PREFIX = "column-"


class UploadForm(forms.Form):
    """The file, and what made it."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # what is wrong with a file is told in one place, by who reads it
        help_text=_("CSV or XLSX, up to 100,000 rows. The first row holds the names of the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    recipe = forms.ChoiceField(label=_("Made by"), choices=ImportRecipe, initial=ImportRecipe.ANY)


class ColumnsForm(forms.Form):
    """What the columns are, and what holds for all rows."""

    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=LicenseProduct.objects.filter(is_archived=False),
        required=False,
        help_text=_("For rows that name no product of their own."),
    )
    date_order = forms.ChoiceField(
        label=_("Days are written"),
        choices=ImportDateOrder,
        help_text=_("Only for days that do not begin with the year."),
    )
    makes_accounts = forms.BooleanField(
        label=_("Make accounts for people who have none"),
        required=False,
        help_text=_("Without a password; they set one with “Forgotten password”. No mail is sent."),
    )

    def __init__(self, *args: Any, record: LicenseImport, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "product": record.product_id,
            "date_order": record.date_order,
            "makes_accounts": record.makes_accounts,
            **{f"{_PREFIX}{name}": number for name, number in record.columns.items()},
        }
        super().__init__(*args, **kwargs)
        first = record.rows.first()
        sample = first.cells if first else []
        choices = [("", _("– none –")), *_column_choices(record.header, sample)]
        mapped = {Field(name) for name in record.columns}
        for field, label in FIELDS.items():
            if field not in _SPECIAL or field in mapped or record.recipe != ImportRecipe.ANY:
                self.fields[f"{_PREFIX}{field.value}"] = forms.TypedChoiceField(
                    label=label,
                    choices=choices,
                    coerce=int,
                    empty_value=None,
                    required=field is Field.EMAIL,
                )
        self.order_fields([name for name in self.fields if name.startswith(_PREFIX)])

    @property
    def columns(self) -> dict[Field, int]:
        """Return the column of each field of the valid form."""
        chosen = {field: self.cleaned_data.get(f"{_PREFIX}{field.value}") for field in Field}
        return {field: number for field, number in chosen.items() if number is not None}


def _column_choices(header: list[str], sample: list[str]) -> list[tuple[int, str]]:
    choices = []
    for number, name in enumerate(header):
        words = name or f"#{number + 1}"
        example = sample[number][:40] if number < len(sample) else ""
        choices.append((number, f"{words} ({example})" if example else words))
    return choices


class ProductWordsForm(forms.Form):
    """Which product each text of the product column means."""

    def __init__(self, data: Any = None, *, values: list[str], known: Mapping[str, int | None]) -> None:
        super().__init__(data, prefix="word")
        self.values = values
        products = list(LicenseProduct.objects.filter(is_archived=False))
        for number, value in enumerate(values):
            self.fields[str(number)] = forms.ModelChoiceField(
                label=value or _("(empty)"),
                queryset=LicenseProduct.objects.filter(is_archived=False),
                required=False,
                empty_label=_("– left out –"),
                initial=known.get(value, _by_name(products, value)),
            )

    @property
    def products(self) -> dict[str, int | None]:
        """Return the product of each text of the valid form."""
        chosen = {value: self.cleaned_data[str(number)] for number, value in enumerate(self.values)}
        return {value: product.pk if product else None for value, product in chosen.items()}


def _by_name(products: list[LicenseProduct], value: str) -> int | None:
    word = value.strip().casefold()
    for product in products:
        if word and word in {product.name.casefold(), product.slug.casefold()}:
            return int(product.pk)
    return None
