"""The cast and the world of the tests.

Alice holds a license, Bob has a seat on hers, Charlie is a stranger with an account, Dana's license
has ended. ``now`` is the instant of a test; pass it, do not freeze it.
"""

import datetime as dt
import os
import shutil

import hypothesis
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from wagtail.models import Page, Site

from tests.testapp.models import ArticlePage, CoursePage, LessonPage
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import ChangedBy, issue_license
from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct


def is_transactional(item: pytest.Item) -> bool:
    """Tell whether a test commits, after which its database is emptied."""
    marker = item.get_closest_marker("django_db")
    if marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)):
        return True
    return bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that commit run last, and give each of them back what the migrations had created.

    Emptying a database takes the page tree and the default site with it.
    """
    items.sort(key=is_transactional)
    for item in filter(is_transactional, items):
        marker = item.get_closest_marker("django_db")
        arguments = (marker.kwargs if marker else {}) | {
            "transaction": True,
            "serialized_rollback": True,
        }
        item.add_marker(pytest.mark.django_db(**arguments), append=False)


hypothesis.settings.register_profile("deep", max_examples=1_000, deadline=None)


def is_deep() -> bool:
    """Tell whether this is a deep run: ``--hypothesis-profile=deep``."""
    return bool(hypothesis.settings.get_current_profile_name() == "deep")


def examples(usual: int) -> int:
    """Return how many examples a property takes: ``usual``, or 25 times as many in a deep run."""
    return usual * 25 if is_deep() else usual


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """The system's Chromium, in place of one that Playwright would download."""
    return {
        "executable_path": os.environ.get("WAGTAIL_LICENSING_TEST_CHROMIUM") or shutil.which("chromium"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-component-update",
            "--disable-background-networking",
            "--disable-sync",
            "--no-first-run",
        ],
    }


STAFF = ChangedBy(cause=Cause.STAFF, reason="by the test")
STRIPE = ChangedBy(cause=Cause.STRIPE)
CLOCK = ChangedBy(cause=Cause.CLOCK)

#: A word that stands in gated text and nowhere else.
CANARY = "quetzalcoatl-canary"


@pytest.fixture
def now() -> dt.datetime:
    """The instant of the test: now by the wall clock, whole seconds."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def make_user(name: str, **fields):
    """Create a user called ``name`` whose password is ``name``."""
    return get_user_model().objects.create_user(name, f"{name}@example.org", name, **fields)


@pytest.fixture
def alice(db):
    """Holds a license."""
    return make_user("alice")


@pytest.fixture
def bob(db):
    """Has a seat on a license of Alice's."""
    return make_user("bob")


@pytest.fixture
def charlie(db):
    """Has an account and nothing else."""
    return make_user("charlie")


@pytest.fixture
def dana(db):
    """Held a license that has ended."""
    return make_user("dana")


@pytest.fixture
def erin(db):
    """Edits every page, and holds no license."""
    user = make_user("erin")
    group = Group.objects.create(name="Everything editors")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    root = Page.objects.get(depth=1)
    for codename in ("add_page", "change_page", "publish_page"):
        group.page_permissions.create(page=root, permission=Permission.objects.get(codename=codename))
    user.groups.add(group)
    return user


@pytest.fixture
def olivia(db):
    """Owns the site: a superuser."""
    return get_user_model().objects.create_superuser("olivia", "olivia@example.org", "olivia")


def make_product(name: str, **fields) -> LicenseProduct:
    """Create a product; a subscription unless ``kind`` says otherwise."""
    fields.setdefault("kind", "subscription")
    return LicenseProduct.objects.create(name=name, slug=name.lower().replace(" ", "-"), **fields)


@pytest.fixture
def pro(db) -> LicenseProduct:
    """The product that opens what is gated."""
    return make_product("Pro")


@pytest.fixture
def basic(db) -> LicenseProduct:
    """A product that opens nothing gated here."""
    return make_product("Basic")


@pytest.fixture
def team(db) -> LicenseProduct:
    """A product sold per seat."""
    return make_product("Team", per_seat=True, seats=5)


@pytest.fixture
def home(db) -> Page:
    """The root page of the default site."""
    return Site.objects.get(is_default_site=True).root_page


@pytest.fixture
def article(home) -> ArticlePage:
    """An article with the canary in its body; no gate yet."""
    return home.add_child(
        instance=ArticlePage(
            title="How to sell",
            slug="how-to-sell",
            introduction="The first lines are for everybody.",
            body=f"<p>The rest holds {CANARY}.</p>",
        )
    )


@pytest.fixture
def course(home) -> CoursePage:
    """A course of three lessons, each with the canary; no gate yet."""
    course = home.add_child(instance=CoursePage(title="Wagtail in a week", slug="course"))
    for number in (1, 2, 3):
        course.add_child(
            instance=LessonPage(
                title=f"Lesson {number}", slug=f"lesson-{number}", body=f"<p>{CANARY} {number}</p>"
            )
        )
    return course


def gate_page(page: Page, *products: LicenseProduct, after_days: int = 0, **fields) -> Gate:
    """Put a gate before a page and let ``products`` open it."""
    gate = Gate.objects.create(kind="page", page_id=page.pk, **fields)
    for product in products:
        EntitlementRule.objects.create(gate=gate, product=product, after_days=after_days)
    return gate


def give(user, product, *, at, **fields):
    """Issue a license by hand."""
    fields.setdefault("source", "by_hand")
    return issue_license(product=product, user=user, at=at, by=STAFF, **fields)


@pytest.fixture
def gated_article(article, pro) -> ArticlePage:
    """The article behind a gate that Pro opens."""
    gate_page(article, pro)
    return article


@pytest.fixture(autouse=True)
def a_quiet_gate_index(request, settings):
    """Where queries are counted, a slow machine must not add the look at the stamp, once a second."""
    counting = {"django_assert_num_queries", "django_assert_max_num_queries"}
    module = getattr(request.module, "__dict__", {})
    if counting.intersection(request.fixturenames) or "CaptureQueriesContext" in module:
        settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
