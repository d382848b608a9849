"""The demo site as a Django application."""

from django.apps import AppConfig


class ExampleSiteConfig(AppConfig):
    """Pages, tour and control room of the demo."""

    name = "example_site"
    label = "example_site"
    verbose_name = "The Long Tail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the Celery application the current one, and let the tour notice what visitors do."""
        from . import celery, tour_notes

        celery.app.set_default()
        tour_notes.connect()
