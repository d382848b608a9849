"""Pages of the matrix that no other test needs."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.fields import RichTextField


class CanaryFormPage(AbstractForm):
    """A form whose page and whose thanks are both behind the gate."""

    body = RichTextField(blank=True)
    template = "canaries/form.html"
    landing_page_template = "canaries/thanks.html"
    # A careless site: the form for the password of a page is shown in the template of the page.
    password_required_template = "canaries/form.html"


class CanaryFormField(AbstractFormField):
    """A field of the form."""

    page = ParentalKey(CanaryFormPage, on_delete=models.CASCADE, related_name="form_fields")
