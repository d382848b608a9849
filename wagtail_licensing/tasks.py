"""Celery shells: fetch by id, one call. Task names are a promise to messages in flight."""
