"""Settings of a site with a page, a document and an image model of its own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

#: Apps of the test suite whose pages are made from Wagtail's own page model.
_OTHERS = {"tests.testapp", "tests.apisite", "tests.canaries", "wagtail.contrib.search_promotions"}

INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in _OTHERS]
INSTALLED_APPS[1:1] = ["tests.sites.swapped", "wagtail.test.basepage"]

WAGTAIL_PAGE_MODEL = "basepage.BasePage"
WAGTAILDOCS_DOCUMENT_MODEL = "swapped.CustomDocument"
WAGTAILIMAGES_IMAGE_MODEL = "swapped.CustomImage"
ROOT_URLCONF = "tests.sites.swapped.urls"
