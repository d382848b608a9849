"""The one include() for a site: portal, checkout return, Stripe webhook."""

app_name = "wagtail_licensing"
urlpatterns: list = []
