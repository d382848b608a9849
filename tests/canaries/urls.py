"""The URLs of the matrix: those of the APIs, what a site writes itself, and its folder of media."""

from django.apps import apps
from django.conf import settings
from django.urls import path, re_path
from django.views.static import serve
from wagtail.api.v2.router import WagtailAPIRouter

from tests.apisite.urls import urlpatterns as of_the_apis

from . import views

router = WagtailAPIRouter("files_api")
if apps.is_installed("wagtailmedia"):
    from wagtailmedia.api.views import MediaAPIViewSet

    router.register_endpoint("media", MediaAPIViewSet)


def media(request, path):
    """Send what a web server would."""
    return serve(request, path, document_root=settings.MEDIA_ROOT)


urlpatterns = [
    path("listing/", views.listing),
    path("finder/", views.finder),
    path("menu/", views.menu),
    path("promoted/", views.promoted),
    path("feed/", views.News()),
    path("feed/members/", views.NewsOfMembers()),
    path("outline/<int:page_id>/", views.outline),
    path("card/<str:way>/<int:page_id>/", views.card),
    path("fragment/<str:way>/<int:page_id>/", views.fragment),
    path("userbar/<int:page_id>/", views.userbar),
    path("blocks/<str:way>/<int:page_id>/", views.blocks),
    path("tools/<str:way>/<str:part>/", views.tools),
    re_path(r"^images/([^/]*)/(\d*)/([^/]*)/[^/]*$", views.image, name="wagtailimages_serve"),
    path("files-api/", router.urls),
    path("media/<path:path>", media),
    *of_the_apis,
]
