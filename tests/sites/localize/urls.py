"""URLs of the site in several languages."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls

from tests.urls import urlpatterns as of_the_test_site

urlpatterns = [
    *of_the_test_site[:-1],
    *i18n_patterns(path("", include(wagtail_urls))),
]
