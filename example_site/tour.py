"""The tour: what to try, and what has been done already, told from the site's real state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from wagtail_licensing.models import CheckoutIntent, Gate, LessonProgress, LicenseEvent, StripeEvent

from . import tour_notes

ARTICLE_TO_GATE = "redirects-before-launch"
ARTICLE_WITH_LINE = "images-that-weigh-nothing"
ARTICLE_TO_BUY = "streamfield-without-regrets"
LESSON = "tuesday"

#: A webhook that is later than this was delayed on purpose.
LATE_WEBHOOK = timedelta(seconds=4)


@dataclass
class Task:
    """One thing to try in a minute: who does it, where it starts, and whether it is done."""

    who: str
    title: Any
    text: Any
    url: str
    is_done: bool = False


@dataclass(frozen=True)
class Facts:
    """Ready-made questions to the database. ``people`` are those who try the demo, not the seed."""

    people: Q

    def gated(self) -> bool:
        return Gate.objects.filter(page__slug=ARTICLE_TO_GATE).exists()

    def bought(self) -> bool:
        return CheckoutIntent.objects.filter(self.of("user"), state="completed").exists()

    def completed(self) -> bool:
        return LessonProgress.objects.filter(self.of("user"), completed_at__isnull=False).exists()

    def reached(self, *states: str) -> bool:
        return LicenseEvent.objects.filter(self.of("license__user"), after__state__in=states).exists()

    def revised(self) -> bool:
        return Page.objects.filter(slug=ARTICLE_WITH_LINE, latest_revision__isnull=False).exists()

    def late_webhook(self) -> bool:
        late = F("created") + LATE_WEBHOOK
        since = tour_notes.moment_of(tour_notes.SEEDED)
        return StripeEvent.objects.filter(received_at__gte=late, created__gte=since).exists()

    def changed_by_staff(self) -> bool:
        return LicenseEvent.objects.filter(cause="staff", actor__isnull=False).exists()

    def of(self, path: str) -> Q:
        return Q(**{f"{path}__in": get_user_model().objects.filter(self.people)})


PEOPLE = Q(username="mia") | Q(username__startswith="visitor-")


def tour_of(home: Any) -> list[Task]:
    """Return the tasks of the tour, none without DEBUG."""
    if not settings.DEBUG:
        return []
    facts = Facts(PEOPLE)
    return [
        Task(who, title, text, where(home), bool(done(facts))) for who, title, text, where, done in TASKS
    ]


def page_url(slug: str) -> Callable[[Any], str]:
    """Return a function that finds the address of a page below the home page."""

    def find(home: Any) -> str:
        page = home.get_descendants().filter(slug=slug).first()
        return page.url if page and page.url else home.url

    return find


def edit_url(slug: str) -> Callable[[Any], str]:
    """Return a function that finds where a page below the home page is edited."""

    def find(home: Any) -> str:
        page = home.get_descendants().filter(slug=slug).first()
        return reverse("wagtailadmin_pages:edit", args=[page.pk]) if page else home.url

    return find


def named(name: str) -> Callable[[Any], str]:
    """Return a function that finds a named address."""
    return lambda home: reverse(name)


TASKS: tuple[tuple[str, Any, Any, Callable[[Any], str], Callable[[Facts], bool]], ...] = (
    (
        "editor",
        _("Lock an article"),
        _("Open the article in the admin, choose Access, tick Pro, apply. It holds at once."),
        edit_url(ARTICLE_TO_GATE),
        Facts.gated,
    ),
    (
        "editor",
        _("Move the paywall line"),
        _("What is above it is the teaser; the last block is for Team alone. Publish, and look."),
        edit_url(ARTICLE_WITH_LINE),
        Facts.revised,
    ),
    (
        "member",
        _("Meet the paywall"),
        _("The introduction is there, the rest is not: look at the page’s source if you like."),
        page_url(ARTICLE_TO_BUY),
        lambda facts: tour_notes.has_note(tour_notes.PAYWALL_MET),
    ),
    (
        "member",
        _("Buy Pro"),
        _("Checkout is a page of the simulator. Pay with the card that succeeds and come back."),
        named("wagtail_licensing:plans"),
        Facts.bought,
    ),
    (
        "member",
        _("Finish a lesson"),
        _("The course is open now. Read Tuesday and mark it as done."),
        page_url(LESSON),
        Facts.completed,
    ),
    (
        "member",
        _("Open a download"),
        _("Then try the same link in a private window."),
        page_url("downloads"),
        lambda facts: tour_notes.has_note(tour_notes.FILE_OPENED),
    ),
    (
        "member",
        _("Let a payment fail"),
        _("In the control room: fail the next payments, then go past the next one. Access is kept."),
        named("control_room"),
        lambda facts: facts.reached("grace"),
    ),
    (
        "member",
        _("See access end"),
        _("Move on by 7 days more. The paywall is back, without a restart and without a worker."),
        named("control_room"),
        lambda facts: facts.reached("suspended", "expired"),
    ),
    (
        "owner",
        _("Make a webhook late"),
        _("Delay webhooks in the control room, then buy as a member: the return page asks Stripe."),
        named("control_room"),
        Facts.late_webhook,
    ),
    (
        "owner",
        _("Suspend somebody"),
        _("Find a license in the admin, suspend it with a reason, and read its history."),
        named("wagtailadmin_home"),
        Facts.changed_by_staff,
    ),
)
