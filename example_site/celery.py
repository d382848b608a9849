"""The Celery application of the demo site. Without a broker every task runs at once, in place."""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")

app = Celery("example_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def add_schedule(sender: Celery, **kwargs: Any) -> None:
    """Let beat ring for the sweep and the comparison with Stripe."""
    from wagtail_licensing.tasks import beat_schedule

    sender.conf.beat_schedule.update(beat_schedule())
