"""The test site with images and media: their API, and Wagtail's dynamic image view."""

from django.apps import apps
from django.urls import include, path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.images import urls as wagtailimages_urls
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.images.views.serve import SendFileView, ServeView

from tests.urls import urlpatterns as rest

router = WagtailAPIRouter("files_api")
router.register_endpoint("images", ImagesAPIViewSet)
if apps.is_installed("wagtailmedia"):
    from wagtailmedia.api.views import MediaAPIViewSet

    router.register_endpoint("media", MediaAPIViewSet)

urlpatterns = [
    path("images/", include(wagtailimages_urls)),
    path("sent/<str:signature>/<int:image_id>/<str:filter_spec>/", SendFileView.as_view(), name="sent"),
    path(
        "redirected/<str:signature>/<int:image_id>/<str:filter_spec>/",
        ServeView.as_view(action="redirect"),
        name="redirected",
    ),
    path("files_api/", router.urls),
    *rest,
]
