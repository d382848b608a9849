"""The demo site as a Django application."""

from django.apps import AppConfig


class ExampleSiteConfig(AppConfig):
    """Pages, tour and control room of the demo."""

    name = "example_site"
    label = "example_site"
    verbose_name = "The Long Tail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the tour notice what visitors do."""
        from . import tour_notes

        tour_notes.connect()
