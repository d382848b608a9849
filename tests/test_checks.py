"""The system checks of access and gates: each fires for what it is about, and for nothing else."""

from types import ModuleType

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.files.storage import FileSystemStorage
from django.urls import include, path
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.models import Collection

from wagtail_licensing.checks import CHECKS, access
from wagtail_licensing.models import Gate

OURS = access.OUR_BACKEND
GUARDIAN = access.GUARDIANS_BACKEND
DJANGO = "django.contrib.auth.backends.ModelBackend"


def found(*prefixes):
    """Return the ids of our messages."""
    messages = run_checks()
    for message in messages:
        if message.id.startswith("wagtail_licensing"):
            assert message.hint, f"{message.id} has no hint"
    return sorted(
        message.id.removeprefix("wagtail_licensing.")
        for message in messages
        if message.id.startswith("wagtail_licensing")
    )


@pytest.mark.django_db
def test_a_site_that_is_set_up_as_documented_has_nothing_to_hear():
    assert found() == []


def test_every_check_is_registered():
    assert set(access.CHECKS) <= set(CHECKS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("backends", "expected"),
    [
        ([DJANGO, GUARDIAN], "E001"),
        ([DJANGO, OURS], "E002"),
        ([DJANGO, GUARDIAN, OURS], "E002"),
    ],
)
def test_backends_missing_or_in_the_wrong_order_are_named(settings, backends, expected):
    settings.AUTHENTICATION_BACKENDS = backends
    assert expected in found()


def test_guardian_missing_from_the_applications_is_named(monkeypatch):
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "guardian")
    assert [message.id for message in access.check_guardian_is_installed()] == ["wagtail_licensing.E003"]


@pytest.mark.django_db
def test_addresses_that_are_not_included_are_named(settings):
    settings.ROOT_URLCONF = "wagtail.urls"
    assert found() == ["W005"]


def test_addresses_below_any_prefix_will_do(settings):
    settings.ROOT_URLCONF = ModuleType("shop")
    settings.ROOT_URLCONF.urlpatterns = [path("shop/members/", include("wagtail_licensing.urls"))]
    assert access.check_addresses() == []


def test_urls_that_cannot_be_read_are_left_to_the_check_that_names_them(settings):
    settings.ROOT_URLCONF = "tests.no_such_module"
    assert access.check_addresses() == []


@pytest.mark.django_db
def test_an_account_for_anonymous_visitors_is_named(settings):
    settings.ANONYMOUS_USER_NAME = "AnonymousUser"
    assert found() == ["W001"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["before_serve_page", "before_serve_document"])
def test_a_hook_before_the_gates_is_named(name):
    def early(*args):
        return None

    with hooks.register_temporarily(name, early, order=-101):
        assert found() == ["W002"]
    with hooks.register_temporarily(name, early, order=-99):
        assert found() == []


@pytest.mark.django_db
def test_a_misspelt_setting_is_named(settings):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAXAGE = 1
    assert found() == ["W003"]
    assert "GATE_INDEX_MAXAGE" in str(access.check_setting_names())


def test_every_setting_is_known():
    names = access.known_settings()
    assert {"WAGTAIL_LICENSING_CLOCK", "WAGTAIL_LICENSING_DENIED_STATUS"} <= names


@pytest.fixture
def gated_collection(db):
    """A gate that documents stand behind."""
    return Gate.objects.create(kind="collection", collection=Collection.get_first_root_node())


def test_gated_documents_that_are_linked_to_directly_are_an_error(settings, gated_collection):
    settings.WAGTAILDOCS_SERVE_METHOD = "direct"
    assert found() == ["E004"]
    gated_collection.delete()
    assert found() == []


def test_gated_documents_behind_addresses_that_last_are_a_warning(
    settings, gated_collection, monkeypatch
):
    settings.WAGTAILDOCS_SERVE_METHOD = "redirect"
    assert found() == ["W004"]

    class Signed(FileSystemStorage):
        querystring_auth = True

    monkeypatch.setattr(get_document_model()._meta.get_field("file"), "storage", Signed())
    assert found() == []


def test_without_a_database_the_checks_still_run(settings):
    settings.WAGTAILDOCS_SERVE_METHOD = "direct"
    assert access.check_documents_can_be_gated() == []
