"""The Stripe control room: move the clock, break payments and webhooks. Under DEBUG only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wagtail_licensing.models import BillingCustomer, License, StripeEvent

from . import clock, stripe_link
from . import simulator_client as simulator
from .simulator_client import SimulatorError, control, part, stripe

HOUR, DAY = 3600, 86400

#: How far the clock can be moved at once: name in the address, seconds.
STEPS = {"second": 1, "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}

#: How long after a renewal Stripe is sure to have tried the card: its invoice is a draft for an hour.
UNTIL_CHARGED = timedelta(hours=1, minutes=5)

#: How long before the end of access "just before" is: time to look at a page.
JUST_BEFORE = timedelta(seconds=25)

#: How long before that the webhooks of all the time until then may take their time.
REST = timedelta(minutes=10)

#: What can be done to webhooks: name in the form, switches of the simulator.
GOOD_WEATHER: dict[str, Any] = {
    "duplicate": 0,
    "delay_seconds": 0,
    "drop": False,
    "hold": False,
    "reorder": None,
}
WEATHER: dict[str, dict[str, Any]] = {
    "good": {},
    "delay": {"delay_seconds": 5},
    "drop": {"drop": True},
    "duplicate": {"duplicate": 2},
    "hold": {"hold": True},
    "reorder": {"reorder": "reversed"},
}


def demo_member(request: HttpRequest) -> Any:
    """Return whose subscriptions are shown: the member who is signed in, otherwise Mia."""
    user = request.user
    if user.is_authenticated and not user.has_perm("wagtailadmin.access_admin"):
        return user
    return get_user_model().objects.filter(username="mia").first()


def customer_of(user: Any) -> str:
    """Return the Stripe customer of a user, empty if there is none."""
    row = BillingCustomer.objects.filter(user=user, is_deleted=False).first()
    return row.stripe_id if row else ""


def subscriptions_of(customer: str) -> list[dict[str, Any]]:
    """Return the subscriptions of a customer, newest first, with dates as dates."""
    if not customer:
        return []
    rows = stripe("GET", "/v1/subscriptions", {"customer": customer, "status": "all"})["data"]
    for row in rows:
        ends = [item["current_period_end"] for item in row["items"]["data"]]
        row["period_end"] = moment(min(ends)) if ends else None
        row["ends"] = moment(row["cancel_at"]) if row["cancel_at"] else None
        row["is_over"] = row["status"] in ("canceled", "incomplete_expired")
    return list(rows)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Show the clock, the member's subscriptions, the switches, and what was delivered."""
    if not settings.DEBUG:
        raise Http404
    member = demo_member(request)
    context: dict[str, Any] = {
        "member": member,
        "licenses": License.objects.filter(user=member).select_related("product")[:10],
        "events": StripeEvent.objects.all()[:12],
        "steps": STEPS,
        "access_end": access_end(member),
        "ahead_days": round(clock.offset_seconds() / DAY, 1),
    }
    try:
        context |= {
            "subscriptions": subscriptions_of(customer_of(member)),
            "faults": control("GET", "faults"),
            "deliveries": control("GET", "deliveries")["data"][-12:][::-1],
            "stripe_now": moment(control("GET", "clock")["now"]),
        }
        context["weather"] = weather_now(context["faults"]["webhooks"])
    except SimulatorError as error:
        context["problem"] = str(error)
    return render(request, "example_site/control_room.html", context)


def access_end(member: Any) -> datetime | None:
    """Return when the member's access ends next, None if it does not."""
    ends = License.objects.filter(user=member, access_until__gt=clock.now())
    found = ends.filter(state__in=["active", "grace"]).order_by("access_until").first()
    return found.access_until if found else None


def weather_now(webhooks: dict[str, Any]) -> str:
    """Return the name of the switch that is on."""
    for name, switches in WEATHER.items():
        if switches and all(webhooks.get(key) == value for key, value in switches.items()):
            return name
    return "good"


@require_POST
def act(request: HttpRequest, action: str) -> HttpResponse:
    """Use one switch, say what happened, and return to the page that it came from."""
    if not settings.DEBUG or action not in ACTIONS:
        raise Http404
    try:
        messages.success(request, ACTIONS[action](request))
    except SimulatorError as error:
        messages.error(request, str(error))
    return redirect("control_room")


def advance(request: HttpRequest) -> str:
    """Move Stripe and the site on together, wait for the webhooks, and let the sweep run."""
    step = request.POST.get("step", "")
    if step == "end":
        # What happens until then first: real time passes too while it is worked off.
        pass_time(seconds_to_the_end(request, before=JUST_BEFORE + REST))
        clock.set_offset(simulator.advance_clock(seconds_to_the_end(request, before=JUST_BEFORE)))
    elif step == "payment":
        pass_time(seconds_to_the_payment(request))
    elif step in STEPS:
        pass_time(STEPS[step])
    else:
        raise SimulatorError(_("There is no such step of time."))
    return _("It is %(now)s now, for Stripe and for this site.") % {
        "now": clock.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    }


def pass_time(seconds: int) -> None:
    """Let time pass at Stripe and here, and work off what comes of it."""
    clock.set_offset(simulator.advance_clock(seconds))
    simulator.wait_until_delivered(60)
    call_command("licensing_sweep", stdout=StringIO())


def seconds_to_the_end(request: HttpRequest, *, before: timedelta) -> int:
    """Return how far it is to ``before`` the end of the member's access, 0 if that is past."""
    end = access_end(demo_member(request))
    if end is None:
        raise SimulatorError(_("No access of this member ends."))
    return max(int((end - before - clock.now()).total_seconds()), 0)


def seconds_to_the_payment(request: HttpRequest) -> int:
    """Return how far it is to the next payment of the member, with the time that Stripe takes for it."""
    renewals = [
        each["period_end"]
        for each in subscriptions_of(needed_customer(request))
        if each["period_end"] and not each["is_over"] and not each["ends"]
    ]
    if not renewals:
        raise SimulatorError(_("No subscription of this member renews."))
    return max(int((min(renewals) + UNTIL_CHARGED - clock.now()).total_seconds()), 0)


def sweep(request: HttpRequest) -> str:
    """Run what beat would run every few minutes."""
    call_command("licensing_sweep", stdout=StringIO())
    return _("The sweep has run.")


def reconcile(request: HttpRequest) -> str:
    """Compare everything with Stripe, as every night."""
    call_command("licensing_reconcile", stdout=StringIO())
    return _("Everything was read again from Stripe.")


def cards(request: HttpRequest) -> str:
    """Let the member's cards fail or work."""
    works = request.POST.get("works") == "yes"
    simulator.set_card(needed_customer(request), works=works)
    if works:
        pay_open_invoices(needed_customer(request))
        return _("The card works again, and what was open is paid.")
    return _("From now on every payment of this member fails.")


def pay_open_invoices(customer: str) -> None:
    """Pay what the customer owes, as the dashboard's button does."""
    for invoice in stripe("GET", "/v1/invoices", {"customer": customer, "status": "open"})["data"]:
        stripe("POST", f"/v1/invoices/{part(invoice['id'])}/pay")
    simulator.wait_until_delivered(10)


def needed_customer(request: HttpRequest) -> str:
    customer = customer_of(demo_member(request))
    if not customer:
        raise SimulatorError(_("This member has not bought anything yet."))
    return customer


def cancel(request: HttpRequest) -> str:
    """Cancel the member's newest running subscription, now or at the end of what is paid."""
    running = [each for each in subscriptions_of(needed_customer(request)) if not each["is_over"]]
    if not running:
        raise SimulatorError(_("No subscription of this member is running."))
    path = f"/v1/subscriptions/{part(running[0]['id'])}"
    if request.POST.get("when") == "now":
        stripe("DELETE", path)
        said = _("The subscription has ended.")
    else:
        stripe("POST", path, {"cancel_at_period_end": True})
        said = _("The subscription ends with what is paid.")
    simulator.wait_until_delivered(10)
    return said


def webhooks(request: HttpRequest) -> str:
    """Change the weather on the way from Stripe to here."""
    kind = request.POST.get("kind", "")
    if kind not in WEATHER:
        raise SimulatorError(_("There is no such switch."))
    control("POST", "faults", {"webhooks": {**GOOD_WEATHER, **WEATHER[kind]}})
    return _("Webhooks: done.")


def deliver(request: HttpRequest) -> str:
    """Send what is held or waits for another try."""
    count = control("POST", "flush")["flushed"]
    simulator.wait_until_delivered(20)
    return _("Webhooks delivered: %(count)s.") % {"count": count}


def outage(request: HttpRequest) -> str:
    """Answer the next calls of the API with an error."""
    control("POST", "faults", {"api": [{"kind": "status", "status": 500, "count": 5}]})
    return _("The next five calls to Stripe fail.")


def fair(request: HttpRequest) -> str:
    """Take back every fault."""
    control("DELETE", "faults")
    return _("All is well again.")


def rotate(request: HttpRequest) -> str:
    """Give the webhook endpoint a new secret; the site learns it, the old one signs for a day."""
    endpoints = control("GET", "webhook_endpoints")["data"]
    if not endpoints:
        raise SimulatorError(_("No webhook endpoint is registered."))
    new = control("POST", f"webhook_endpoints/{part(endpoints[0]['id'])}/rotate")["secret"]
    stripe_link.add_secret(new)
    return _("The signing secret is a new one. Both are known, so no event is lost.")


ACTIONS: dict[str, Callable[[HttpRequest], str]] = {
    "advance": advance,
    "sweep": sweep,
    "reconcile": reconcile,
    "cards": cards,
    "cancel": cancel,
    "webhooks": webhooks,
    "deliver": deliver,
    "outage": outage,
    "fair": fair,
    "rotate": rotate,
}
