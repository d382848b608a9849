"""Addresses of the demo site. The package needs the one include() that is marked."""

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from . import search, sign_in
from .api import api_router

urlpatterns = [
    path(
        "sign-in/",
        auth_views.LoginView.as_view(template_name="example_site/sign_in.html"),
        name="sign_in",
    ),
    path("sign-out/", auth_views.LogoutView.as_view(), name="sign_out"),
    path("register/", sign_in.register, name="register"),
    path("search/", search.search, name="search"),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/v2/", api_router.urls),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("licensing/", include("wagtail_licensing.urls")),  # all that the package needs
]

if settings.DEBUG:
    from . import control_room, mailbox

    urlpatterns += [
        path("demo/be/<slug:who>/", sign_in.be, name="be"),
        path("demo/mails/", mailbox.index, name="mailbox"),
        path("demo/mails/<str:name>/", mailbox.show, name="mail"),
        path("demo/stripe/", control_room.show, name="control_room"),
        path("demo/stripe/<slug:action>/", control_room.act, name="control_room_act"),
    ]

urlpatterns.append(path("", include(wagtail_urls)))
