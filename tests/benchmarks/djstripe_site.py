"""A site with dj-stripe and nothing else, run by the Python of an environment of its own.

It reads commands line by line: a JSON list of events to be posted to dj-stripe's webhook view, one
after the other. It answers each line with the seconds that it took and the statements of the last.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from typing import Any

import django
from django.conf import settings

SECRET = "whsec_bench"


def start(api_base: str, version: str, database: dict[str, Any]) -> None:
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        # Its tables as the models are: its migrations come to the same and take minutes.
        DATABASES={"default": {**database, "TEST": {**database.get("TEST", {}), "MIGRATE": False}}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "djstripe"],
        STRIPE_TEST_SECRET_KEY="sk_test_" + 24 * "b",
        STRIPE_LIVE_MODE=False,
        # The simulator speaks one version, as an account does; dj-stripe asks for its own otherwise.
        STRIPE_API_VERSION=version,
        DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    )
    django.setup()
    import stripe

    stripe.api_base, stripe.api_version = api_base, version


def urlpatterns_of() -> list[Any]:
    from django.urls import include, path

    return [path("", include("djstripe.urls", namespace="djstripe"))]


def post(client: Any, path: str, event: dict[str, Any]) -> None:
    body = json.dumps(event)
    at = int(time.time())
    signature = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    answer = client.post(
        path,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={at},v1={signature}"},
    )
    assert answer.status_code == 200, answer.content


def serve() -> None:
    global urlpatterns
    start(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    urlpatterns = urlpatterns_of()
    from django.db import connection
    from djstripe.models import WebhookEndpoint

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        endpoint = WebhookEndpoint.objects.create(
            id="we_bench",
            livemode=False,
            secret=SECRET,
            url="http://testserver/",
            enabled_events=["*"],
            status="enabled",
        )
        say("ready")
        for line in sys.stdin:
            say(measured(f"/webhook/{endpoint.djstripe_uuid}/", json.loads(line)))
    finally:
        connection.creation.destroy_test_db("postgres", verbosity=0)


def measured(path: str, events: list[dict[str, Any]]) -> str:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    *timed, last = events
    started = time.perf_counter()
    for event in timed:
        post(client, path, event)
    took = time.perf_counter() - started
    with CaptureQueriesContext(connection) as seen:
        post(client, path, last)
    return json.dumps([took, len(seen)])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    serve()
