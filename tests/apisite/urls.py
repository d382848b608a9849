"""The URLs of the test site, with every endpoint of the APIs and some that a site could write."""

from django.apps import apps
from django.urls import include, path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.serializers import PageSerializer
from wagtail.api.v2.views import BaseAPIViewSet, PagesAPIViewSet
from wagtail.contrib.redirects.api import RedirectsAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet

from tests.testapp.models import ArticlePage
from tests.urls import urlpatterns as of_the_test_site
from wagtail_licensing.compat import page_model

from .models import TeaserPage, Topic


class TopicsAPIViewSet(BaseAPIViewSet):
    """The endpoint of a snippet."""

    model = Topic
    name = "topics"
    body_fields = [*BaseAPIViewSet.body_fields, "name", "page", "article", "document"]
    listing_default_fields = [*BaseAPIViewSet.listing_default_fields, "name", "page"]


class WholePageSerializer(PageSerializer):
    """Writes more than the fields it was asked for."""

    def to_representation(self, instance):
        data = super().to_representation(instance)
        data["whole"] = str(getattr(instance.specific, "body", ""))
        return data


class EverythingAPIViewSet(PagesAPIViewSet):
    """An endpoint that asks nothing of Wagtail's, and a filter of its own."""

    name = "everything"
    base_serializer_class = WholePageSerializer
    known_query_parameters = PagesAPIViewSet.known_query_parameters.union(["says"])

    def get_base_queryset(self):
        return page_model().objects.live()

    def get_queryset(self):
        queryset = super().get_queryset()
        if word := self.request.GET.get("says"):
            told = [*ArticlePage.objects.filter(body__contains=word).values_list("pk", flat=True)]
            told += TeaserPage.objects.filter(body__contains=word).values_list("pk", flat=True)
            queryset = queryset.filter(pk__in=told)
        return queryset

    def find_object(self, queryset, request):
        if "says" in request.GET:
            return ArticlePage.objects.filter(body__contains=request.GET["says"]).first()
        return super().find_object(queryset, request)


router = WagtailAPIRouter("siteapi")
router.register_endpoint("pages", PagesAPIViewSet)
router.register_endpoint("everything", EverythingAPIViewSet)
router.register_endpoint("documents", DocumentsAPIViewSet)
router.register_endpoint("images", ImagesAPIViewSet)
router.register_endpoint("redirects", RedirectsAPIViewSet)
router.register_endpoint("topics", TopicsAPIViewSet)

urlpatterns = [path("site-api/", router.urls), *of_the_test_site]

if apps.is_installed("grapple"):
    from grapple import urls as grapple_urls

    urlpatterns.insert(0, path("grapple/", include(grapple_urls)))
