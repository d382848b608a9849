"""The forms of a gate: what it stands before, for whom it opens, and by which products."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.forms.collections import CollectionChoiceField
from wagtail.images import get_image_model
from wagtail.models import Collection, get_page_models
from wagtail.snippets.models import get_snippet_models

from ..models import Gate
from ..models.gates import GateAudience, GateKind
from .permissions import may_edit_target

TARGETS = {
    GateKind.PAGE: "page",
    GateKind.PAGE_TYPE: "page_type",
    GateKind.COLLECTION: "collection",
    GateKind.DOCUMENT: "document",
    GateKind.OBJECT: "object_id",
    GateKind.AREA: "area",
}


class PageTypeField(forms.ModelChoiceField):
    """A choice of page types, named as editors know them."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name of the page type."""
        model = obj.model_class()
        return str(model._meta.verbose_name).capitalize() if model else str(obj)


def page_types() -> QuerySet[ContentType]:
    """Return the content types of the page types that can be made."""
    types = ContentType.objects.get_for_models(*get_page_models()).values()
    return ContentType.objects.filter(pk__in=[content_type.pk for content_type in types])


def object_types() -> QuerySet[ContentType]:
    """Return the content types of images, media files and snippets: what has a page of its own in the
    admin, and no kind of gate of its own."""
    models = [get_image_model(), *get_snippet_models()]
    if apps.is_installed("wagtailmedia"):
        from wagtailmedia.models import get_media_model

        models.append(get_media_model())
    models = [model for model in models if model._meta.app_label != Gate._meta.app_label]
    types = ContentType.objects.get_for_models(*models).values()
    return ContentType.objects.filter(pk__in=[content_type.pk for content_type in types])


class GateRulesForm(WagtailAdminModelForm):
    """For whom a gate opens, and by which products."""

    free_reads = forms.IntegerField(
        label=gettext_lazy("Free pages a month"), required=False, min_value=0, max_value=1000
    )

    def clean_free_reads(self) -> int:
        """Return 0 where nothing is free."""
        return self.cleaned_data["free_reads"] or 0

    def clean(self) -> Any:
        """Require a product where only people with a license get in, and each product once."""
        cleaned = super().clean()
        rules = self.formsets["rules"]
        if not rules.is_valid():
            return cleaned
        kept = [
            form.cleaned_data["product"].pk
            for form in rules.forms
            if form.cleaned_data.get("product") and form not in rules.deleted_forms
        ]
        if cleaned.get("audience") == GateAudience.LICENSED and not kept:
            self.add_error(
                "audience", gettext("Choose at least one product, or nobody could open this.")
            )
        if len(kept) != len(set(kept)):
            self.add_error(None, gettext("A product opens a gate by one rule only."))
        return cleaned


class GateForm(GateRulesForm):
    """A new gate: what it stands before, too."""

    page_type = PageTypeField(
        label=gettext_lazy("Page type"), queryset=ContentType.objects.none(), required=False
    )
    object_type = PageTypeField(
        label=gettext_lazy("Kind of object"), queryset=ContentType.objects.none(), required=False
    )
    object_id = forms.CharField(
        label=gettext_lazy("Its number"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("The number at the end of the address where it is edited."),
    )
    collection = CollectionChoiceField(
        label=gettext_lazy("Collection"), queryset=Collection.objects.none(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without an empty choice there is always a kind, and one picker that fits it.
        self.fields["kind"].choices = GateKind.choices
        self.initial.setdefault("kind", GateKind.PAGE)
        self.fields["page_type"].queryset = page_types()
        self.fields["object_type"].queryset = object_types()
        self.fields["collection"].queryset = Collection.objects.order_by("path")

    def clean_object_id(self) -> str | None:
        """Return None where no object is named."""
        return self.cleaned_data["object_id"] or None

    def clean_area(self) -> str | None:
        """Return None where no area is named: only one gate may have an empty one otherwise."""
        return self.cleaned_data["area"] or None

    def clean(self) -> Any:
        """Require the target that the kind names, and no other, and that there is no gate yet."""
        cleaned = super().clean()
        kind = cleaned.get("kind")
        if kind is None:
            return cleaned
        wanted = TARGETS[GateKind(kind)]
        for name in TARGETS.values():
            if name in self.errors:
                continue
            if name == wanted and not cleaned.get(name):
                self.add_error(name, gettext("Choose what this gate stands before."))
            elif name != wanted and cleaned.get(name):
                self.add_error(name, gettext("Leave this empty: the gate is of another kind."))
        if wanted != "object_id" and cleaned.get("object_type"):
            self.add_error("object_type", gettext("Leave this empty: the gate is of another kind."))
        if wanted not in self.errors:
            self._check_target(wanted, cleaned[wanted])
        return cleaned

    def _check_target(self, name: str, target: Any) -> None:
        found = {name: target}
        if name == "object_id":
            found["object_type"] = self.cleaned_data.get("object_type")
            target = self._object(found)
            if target is None:
                return
        if Gate.objects.filter(**found).exclude(pk=self.instance.pk).exists():
            self.add_error(name, gettext("There is a gate on this target already; change that one."))
        if not may_edit_target(self.for_user, kind=self.cleaned_data["kind"], target=target):
            self.add_error(name, gettext("You may not edit this, so you may not gate it."))

    def _object(self, named: dict[str, Any]) -> Any:
        """Return the object that is named, or say that there is none."""
        target = Gate(**named).target_object if named["object_type"] else None
        if target is None:
            self.add_error("object_id", gettext("There is no such object."))
        return target
