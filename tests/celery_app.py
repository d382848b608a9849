"""The Celery application of the test site, as a site would write its own."""

import os

from celery import Celery, shared_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def make_app(**configuration) -> Celery:
    """Return an application that reads CELERY_* settings, changed by ``configuration``."""
    app = Celery("wagtail_licensing_tests", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(configuration)
    app.autodiscover_tasks()
    return app


app = make_app()


@shared_task(name="tests.who_are_you")
def who_are_you() -> dict:
    """Tell which process works on which database, and whom it finds there."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    users = get_user_model().objects.order_by("username").values_list("username", flat=True)
    return {"pid": os.getpid(), "database": connection.settings_dict["NAME"], "users": list(users)}
