"""Settings of the demo: SQLite, no broker, a simulated Stripe. Never for a site that people use."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from .data_dir import data_dir, read_json, write_json
from .stripe_link import FILE as STRIPE_FILE
from .stripe_link import WebhookSecrets

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = data_dir()


def own_secret_key() -> str:
    """Return the secret key of this demo, made up the first time and kept with its data."""
    key = read_json("secret.json").get("secret_key")
    if not key:
        key = secrets.token_urlsafe(48)
        write_json("secret.json", {"secret_key": key})
    return str(key)


DEBUG = True
SECRET_KEY = own_secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
INTERNAL_IPS: list[str] = []

INSTALLED_APPS = [
    "wagtail_licensing",
    "example_site",
    "guardian",
    "wagtail.contrib.sitemaps",
    "wagtail.contrib.redirects",
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
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "example_site.urls"
WSGI_APPLICATION = "example_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before every application's templates, so that the site can dress up those of the package.
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "example_site.context.site_frame",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "db.sqlite3",
        # Webhooks write while pages read: a write-ahead log, and writers that queue up at once.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "wagtail_licensing.backends.LicenseBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_NAME = "long_tail_session"
CSRF_COOKIE_NAME = "long_tail_csrf"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# No URL leads here: every file goes through a view that asks who is calling.
MEDIA_ROOT = DATA_DIR / "private-media"
MEDIA_URL = "/media/"
# Shown under /demo/mails/ and delivered to nobody.
EMAIL_BACKEND = "example_site.mailbox.Backend"
DEFAULT_FROM_EMAIL = "The Long Tail <licenses@long-tail.example>"

CELERY_TASK_ALWAYS_EAGER = True  # there is no broker

WAGTAIL_SITE_NAME = "The Long Tail"
WAGTAILADMIN_BASE_URL = os.environ.get("WAGTAIL_LICENSING_DEMO_URL", "http://127.0.0.1:8000")
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILAPI_BASE_URL = WAGTAILADMIN_BASE_URL

WAGTAIL_LICENSING_STRIPE_SECRET_KEY = "sk_test_demo"
WAGTAIL_LICENSING_STRIPE_API_BASE = read_json(STRIPE_FILE).get("base_url", "http://127.0.0.1:12111")
WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS: Iterable[str] = WebhookSecrets()
WAGTAIL_LICENSING_CLOCK = "example_site.clock.now"
# Anybody may buy; the link to what they bought is shown under /demo/mails/.
WAGTAIL_LICENSING_GUEST_CHECKOUT = True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
