"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WagtailLicensingConfig(AppConfig):
    """Connects signal handlers and registers checks; decides nothing."""

    name = "wagtail_licensing"
    label = "wagtail_licensing"
    verbose_name = _("Licensing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register system checks and signal receivers."""
        from . import checks, signal_handlers
        from .blocks.streams import connect_streams
        from .gates.listings import close_listings

        checks.register_checks()
        signal_handlers.connect()
        close_listings()
        connect_streams()
