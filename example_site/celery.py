"""The Celery application of the demo site. Without a broker every task runs at once, in place."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")

app = Celery("example_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_always_eager = not getattr(settings, "CELERY_BROKER_URL", "")
app.autodiscover_tasks()
