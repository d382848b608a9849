"""The one include() for a site: portal, checkout return, Stripe webhook."""

from django.urls import path

from . import webhooks

app_name = "wagtail_licensing"
urlpatterns = [
    path("stripe/<slug:account>/", webhooks.stripe_webhook, name="stripe_webhook"),
    # Stripe follows no redirect: the address without its slash works as well.
    path("stripe/<slug:account>", webhooks.stripe_webhook),
]
