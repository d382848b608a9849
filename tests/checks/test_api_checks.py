"""The checks of what the APIs show."""

import pytest

from tests.apisite.models import SilentTeaserPage, TeaserPage
from wagtail_licensing.checks import apis


def messages_of(check):
    messages = check()
    assert all(message.hint for message in messages)
    return [(message.id.removeprefix("wagtail_licensing."), message.obj) for message in messages]


def test_fields_that_the_api_has_may_be_declared_public():
    assert messages_of(apis.check_public_fields) == []


@pytest.mark.parametrize("declared", [["title", "introductoin"], ["secret"], "introduction"])
def test_a_public_field_that_the_api_does_not_have_is_named(monkeypatch, declared):
    monkeypatch.setattr(TeaserPage, "licensing_public_fields", declared)
    assert messages_of(apis.check_public_fields) == [("W011", TeaserPage)]


def test_each_model_answers_for_what_it_declares_itself(monkeypatch):
    monkeypatch.setattr(SilentTeaserPage, "licensing_public_fields", ["nowhere"])
    assert messages_of(apis.check_public_fields) == [("W011", SilentTeaserPage)]
    monkeypatch.setattr(SilentTeaserPage, "licensing_public_fields", ["title", "introduction"])
    assert messages_of(apis.check_public_fields) == []


def test_an_api_without_gates_is_named(settings):
    assert messages_of(apis.check_apis_are_gated) == []
    settings.WAGTAIL_LICENSING_GATE_API = False
    assert messages_of(apis.check_apis_are_gated) == [("W012", None)]


def test_without_an_api_there_is_nothing_to_say(settings, monkeypatch):
    settings.WAGTAIL_LICENSING_GATE_API = False
    monkeypatch.setattr(apis, "_APIS", ("an_api_that_is_not_installed",))
    assert messages_of(apis.check_apis_are_gated) == []
