"""The one include() for a site: portal, checkout return, Stripe webhook, JSON API."""

from django.urls import path

from . import webhooks
from .api.endpoints import api
from .gates.files import links, serving
from .portal import (
    account,
    applications,
    certificates,
    checkout,
    checkout_return,
    claim,
    gifts,
    lessons,
    mail,
    plans,
    privacy,
    quizzes,
    registration,
    seats,
    start,
    switch,
)
from .portal.team import urls as team_urls

app_name = "wagtail_licensing"
urlpatterns = [
    path("stripe/<slug:account>/", webhooks.stripe_webhook, name="stripe_webhook"),
    # Stripe follows no redirect: the address without its slash works as well.
    path("stripe/<slug:account>", webhooks.stripe_webhook, name="stripe_webhook_bare"),
    path("api/v1/", api.urls),
    path("plans/", plans.plans, name="plans"),
    path("buy/<int:price_id>/", checkout.buy, name="buy"),
    path("checkout-cancelled/", checkout.checkout_cancelled, name="checkout_cancelled"),
    path("checkout/<str:nonce>/resume/", checkout.resume_checkout, name="resume_checkout"),
    path("checkout/<str:nonce>/", checkout_return.checkout_return, name="checkout_return"),
    path("claim/<str:token>/", claim.claim, name="claim"),
    path("get/<slug:slug>/", registration.register, name="register"),
    path("apply/<slug:slug>/", applications.apply, name="apply"),
    path("account/applications/<str:reference>/", applications.application, name="application"),
    path("give/<int:price_id>/", gifts.give, name="give"),
    path("account/gifts/", gifts.gifts, name="account_gifts"),
    path("account/gifts/<int:claim_id>/send/", gifts.send_again, name="send_gift"),
    path("account/", account.licenses, name="account"),
    path("account/courses/", account.courses, name="account_courses"),
    path("account/downloads/", account.downloads, name="account_downloads"),
    path("account/payments/", account.payments, name="account_payments"),
    path("account/licenses/<str:reference>/start/", start.start, name="start_license"),
    path("account/licenses/<str:reference>/switch/", switch.plans_to_switch_to, name="switch"),
    path(
        "account/licenses/<str:reference>/switch/<int:price_id>/", switch.preview, name="switch_preview"
    ),
    path(
        "account/licenses/<str:reference>/switch/<int:price_id>/confirm/",
        switch.confirm,
        name="switch_confirm",
    ),
    path("account/seats/<str:reference>/", seats.seats, name="account_seats"),
    path("account/seats/<str:reference>/<int:seat_id>/release/", seats.release, name="release_seat"),
    path("account/seats/<str:reference>/invite/", seats.invite_to_license, name="invite_to_seat"),
    path("account/seats/<str:reference>/give/", seats.give, name="give_seat"),
    *team_urls.urlpatterns,
    path("account/mail/", mail.preferences, name="account_mail"),
    path("account/privacy/", privacy.privacy, name="account_privacy"),
    path("account/privacy/export/", privacy.export, name="export_account"),
    path("account/privacy/delete/", privacy.delete, name="delete_account"),
    path("account/privacy/keep/", privacy.keep, name="keep_account"),
    path("account/billing/", account.billing_portal, name="billing_portal"),
    path("mail/no-reminders/<str:token>/", mail.no_reminders, name="no_reminders"),
    path("files/signed/<str:token>/<path:filename>", links.open_link, name="signed_file"),
    path("files/<str:kind>/<str:pk>/<str:field>/<path:filename>", serving.serve_file, name="file"),
    path("lessons/<int:page_id>/complete/", lessons.complete, name="complete_lesson"),
    path("lessons/<int:page_id>/quiz/", quizzes.answer, name="answer_quiz"),
    path("courses/<int:page_id>/certificate/", certificates.get_certificate, name="get_certificate"),
    path("certificates/<str:number>/", certificates.certificate, name="certificate"),
]
