"""What a site mixes into page views of its own in the Wagtail admin, and into previews."""

from .gates.personas import persona_modes
from .wagtail_admin.access_panel import LicensingEditViewMixin
from .wagtail_admin.explorer import LicensingIndexViewMixin

__all__ = ["LicensingEditViewMixin", "LicensingIndexViewMixin", "persona_modes"]
