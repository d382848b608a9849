"""How a page of the matrix is translated."""

from typing import Any

from django.apps import apps
from wagtail.models import Site


def translate(page: Any, locale: Any) -> Any:
    """Return a translation with all above it: by wagtail-localize where it is installed."""
    if apps.is_installed("wagtail_localize"):
        from wagtail_localize.operations import translate_object

        for each in page.get_ancestors(inclusive=True).filter(depth__gt=1).specific():
            if not each.has_translation(locale):
                translate_object(each, [locale])
            made = each.get_translation(locale).specific
            if not made.live:
                made.save_revision().publish()
        return page.get_translation(locale).specific
    translation = page.copy_for_translation(locale, copy_parents=True)
    translation.save_revision().publish()
    home = Site.objects.get(is_default_site=True).root_page.get_translation(locale)
    for ancestor in translation.get_ancestors().descendant_of(home, inclusive=True):
        ancestor = ancestor.specific
        if not ancestor.live:
            ancestor.save_revision().publish()
    return translation
