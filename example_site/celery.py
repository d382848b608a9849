"""The Celery application of the demo site."""
