"""URLs of the test site."""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.documents.api.v2.views import DocumentsAPIViewSet

api_router = WagtailAPIRouter("wagtailapi")
api_router.register_endpoint("pages", PagesAPIViewSet)
api_router.register_endpoint("documents", DocumentsAPIViewSet)

api_v3 = []
if apps.is_installed("wagtail.api.v3"):
    from wagtail.api.v3.urls import api

    api_v3 = [path("api/v3/", api.urls)]

lms = []
if apps.is_installed("wagtail_lms"):
    lms = [path("lms/", include("wagtail_lms.urls"))]

urlpatterns = [
    *api_v3,
    path("django-admin/", admin.site.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/v2/", api_router.urls),
    path("sitemap.xml", sitemap),
    path("login/", auth_views.LoginView.as_view(template_name="login.html"), name="login"),
    path("licensing/", include("wagtail_licensing.urls")),
    *lms,
    path("", include(wagtail_urls)),
]
