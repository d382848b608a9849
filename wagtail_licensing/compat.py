"""The only tests of versions in the package, and names that differ between them."""

import swapper
from wagtail import VERSION

#: Wagtail 8.0 brought the registry of permission policies.
WAGTAIL_HAS_POLICY_REGISTRY = VERSION >= (8, 0)

# Wagtail 8 names its settings WAGTAIL_*; said here too, because our models may load before its own.
swapper.set_app_prefix("wagtailcore", "wagtail")


def page_model_name() -> str:
    """Return the name of the site's base page model, "wagtailcore.Page" unless it is swapped."""
    return str(swapper.get_model_name("wagtailcore", "Page"))
