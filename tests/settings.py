"""Settings of the test site.

The database is SQLite unless WAGTAIL_LICENSING_TEST_DATABASE_URL names another.
"""

import atexit
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wagtail import VERSION as WAGTAIL_VERSION

BASE_DIR = Path(__file__).resolve().parent
DEBUG = False
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
ROOT_URLCONF = "tests.urls"
SITE_ID = 1

INSTALLED_APPS = [
    "wagtail_licensing",
    "tests.testapp",
    "tests.apisite",
    "tests.canaries",
    "guardian",
    "wagtail.contrib.sitemaps",
    "wagtail.contrib.routable_page",
    "wagtail.contrib.redirects",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.frontend_cache",
    "wagtail.contrib.forms",
    "wagtail.api.v2",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "rest_framework",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
]

if WAGTAIL_VERSION >= (8, 0):
    INSTALLED_APPS.insert(INSTALLED_APPS.index("wagtail.api.v2"), "wagtail.api.v3")

# A site of its own (tests/sites/lms): its pages have the names of ours.
if os.environ.get("WAGTAIL_LICENSING_TEST_LMS"):
    INSTALLED_APPS.append("wagtail_lms")
    WAGTAIL_LMS_CHECK_LESSON_ACCESS = "wagtail_licensing.lms.lesson_access"
    SILENCED_SYSTEM_CHECKS = ["fields.E304", "fields.E305"]

if find_spec("wagtailmedia"):
    INSTALLED_APPS.insert(INSTALLED_APPS.index("wagtail.documents"), "wagtailmedia")

# In the extra that tests GraphQL.
if find_spec("grapple"):
    INSTALLED_APPS += ["grapple", "graphene_django"]
    GRAPPLE = {"APPS": ["testapp", "apisite"]}
    GRAPHENE = {"SCHEMA": "grapple.schema.schema"}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _folder() -> Path:
    """Return a folder of this run, shared with the workers that it starts, gone when it ends."""
    if "WAGTAIL_LICENSING_TEST_FOLDER" not in os.environ:
        folder = tempfile.mkdtemp(prefix="licensing-tests-")
        os.environ["WAGTAIL_LICENSING_TEST_FOLDER"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(os.environ["WAGTAIL_LICENSING_TEST_FOLDER"])


def _database() -> dict:
    url = os.environ.get("WAGTAIL_LICENSING_TEST_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("WAGTAIL_LICENSING_TEST_SQLITE", BASE_DIR / "test.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
            },
            # A file and not memory: threads then have connections of their own, as on a real site.
            "TEST": {
                "NAME": os.environ.get("WAGTAIL_LICENSING_TEST_SQLITE") or _folder() / "test.sqlite3"
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "TEST": {"NAME": os.environ.get("WAGTAIL_LICENSING_TEST_DATABASE_NAME", "test_licensing")},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "wagtail_licensing.backends.LicenseBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = os.environ.get("WAGTAIL_LICENSING_TEST_MEDIA", str(BASE_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGIN_URL = "/login/"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

WAGTAIL_SITE_NAME = "Licensing tests"
WAGTAILADMIN_BASE_URL = "http://testserver"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

WAGTAIL_LICENSING_STRIPE_SECRET_KEY = "sk_test_suite"
WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = ["whsec_suite"]
WAGTAIL_LICENSING_STRIPE_API_BASE = os.environ.get("WAGTAIL_LICENSING_TEST_STRIPE_API_BASE", "")
# Only the worker of tests/worker/ is started with a broker; everything else runs eagerly.
CELERY_BROKER_URL = os.environ.get("WAGTAIL_LICENSING_TEST_BROKER_URL", "")
CELERY_RESULT_BACKEND = CELERY_BROKER_URL or None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": os.environ.get("WAGTAIL_LICENSING_TEST_BROKER_PREFIX", "")
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS
