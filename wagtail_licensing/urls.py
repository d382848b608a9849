"""The one include() for a site: portal, checkout return, Stripe webhook."""

from django.urls import path

from . import webhooks
from .portal import account, checkout, lessons, plans

app_name = "wagtail_licensing"
urlpatterns = [
    path("stripe/<slug:account>/", webhooks.stripe_webhook, name="stripe_webhook"),
    # Stripe follows no redirect: the address without its slash works as well.
    path("stripe/<slug:account>", webhooks.stripe_webhook),
    path("plans/", plans.plans, name="plans"),
    path("buy/<int:price_id>/", checkout.buy, name="buy"),
    path("checkout-cancelled/", checkout.checkout_cancelled, name="checkout_cancelled"),
    path("checkout/<str:nonce>/", checkout.checkout_return, name="checkout_return"),
    path("account/", account.licenses, name="account"),
    path("account/courses/", account.courses, name="account_courses"),
    path("account/downloads/", account.downloads, name="account_downloads"),
    path("account/payments/", account.payments, name="account_payments"),
    path("account/billing/", account.billing_portal, name="billing_portal"),
    path("lessons/<int:page_id>/complete/", lessons.complete, name="complete_lesson"),
]
