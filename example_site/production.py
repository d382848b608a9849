"""Settings of the same site on PostgreSQL, Redis and Celery, read from the environment.

DEBUG is off: no tour, no one-click sign-in, no control room. With a real test key of Stripe and
without WAGTAIL_LICENSING_STRIPE_API_BASE the site speaks to Stripe itself.
"""

import os
from urllib.parse import unquote, urlsplit

from .settings import *  # noqa: F403
from .settings import MEDIA_ROOT, MIDDLEWARE


def needed(name: str) -> str:
    """Return an environment variable. Raises KeyError that names it when it is absent."""
    return os.environ[name]


def database(url: str) -> dict[str, object]:
    """Return Django's settings for ``postgres://user:password@host:port/name``."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
    }


DEBUG = False
SECRET_KEY = needed("SECRET_KEY")
ALLOWED_HOSTS = needed("ALLOWED_HOSTS").split(",")
CSRF_TRUSTED_ORIGINS = [each for each in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if each]
DATABASES = {"default": database(needed("DATABASE_URL"))}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": needed("REDIS_URL"),
    }
}
CELERY_BROKER_URL = needed("REDIS_URL")
CELERY_TASK_ALWAYS_EAGER = False

WAGTAIL_LICENSING_CLOCK = "django.utils.timezone.now"
WAGTAIL_LICENSING_STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = [
    each for each in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",") if each
]
WAGTAIL_LICENSING_STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "licenses@example.org")

# With nginx.conf in front: it sends the files, and says whom a request comes from.
if os.environ.get("BEHIND_NGINX") == "1":
    WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": MEDIA_ROOT}
    WAGTAIL_LICENSING_TRUSTED_PROXIES = 1

MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("INSECURE_COOKIES") != "1"
