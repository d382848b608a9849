"""Tests of a site with wagtail-lms: collected only where it is installed."""

from django.apps import apps

collect_ignore = [] if apps.is_installed("wagtail_lms") else ["test_lessons.py"]
