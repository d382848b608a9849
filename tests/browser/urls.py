"""The test site with a page that plays whatever wagtailmedia has."""

from django.template import engines
from django.urls import path

from tests.urls import urlpatterns as rest

_PAGE = """<!doctype html><html lang="en"><title>Lesson</title>{% load static wagtail_licensing_tags %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{% static 'wagtail_licensing/licensing.css' %}">
<main><h1>Lesson</h1>{% media_player media %}</main></html>"""


def play(request, pk):
    """Show the player as a lesson does."""
    from django.http import HttpResponse
    from wagtailmedia.models import get_media_model

    template = engines["django"].from_string(_PAGE)
    return HttpResponse(template.render({"media": get_media_model().objects.get(pk=pk)}, request))


urlpatterns = [path("play/<int:pk>/", play), *rest]
