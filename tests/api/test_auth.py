"""A site's own way to say who asks."""

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import gate_page, give
from wagtail_licensing.checks.api import check_api_auth

pytestmark = pytest.mark.django_db

ROOT = "/licensing/api/v1/"


@pytest.fixture
def by_token(settings):
    settings.WAGTAIL_LICENSING_API_AUTH = "tests.api.auth.by_token"


def bearer(name):
    return {"headers": {"Authorization": f"Bearer {name}"}}


def test_a_token_signs_in(client, by_token, alice, pro, gated_article, now):
    give(alice, pro, at=now)
    assert client.get(f"{ROOT}me", **bearer("alice")).json()["username"] == "alice"
    answer = client.get(f"{ROOT}access?page={gated_article.pk}", **bearer("alice")).json()
    assert (answer["allowed"], answer["sign_in_url"]) == (True, "")


def test_a_token_needs_no_csrf_token(by_token, alice, pro, course, now):
    from django.test import Client

    gate_page(course, pro)
    give(alice, pro, at=now)
    strict = Client(enforce_csrf_checks=True)
    lesson = course.get_lessons()[0]
    answer = strict.post(f"{ROOT}lessons/{lesson.pk}/complete", **bearer("alice"))
    assert (answer.status_code, answer.json()["done"]) == (200, 1)


def test_a_wrong_token_is_nobody(client, by_token, alice):
    assert client.get(f"{ROOT}licenses", **bearer("mallory")).status_code == 401
    assert client.get(f"{ROOT}me", **bearer("mallory")).json()["signed_in"] is False


def test_an_inactive_account_is_nobody(client, by_token, alice):
    get_user_model().objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(f"{ROOT}licenses", **bearer("alice")).status_code == 401


def test_a_function_that_fails_lets_nobody_in(client, settings, alice, caplog):
    settings.WAGTAIL_LICENSING_API_AUTH = "tests.api.auth.broken"
    assert client.get(f"{ROOT}licenses", **bearer("alice")).status_code == 401
    assert "tests.api.auth.broken failed" in caplog.text


def test_without_the_setting_a_header_says_nothing(client, alice):
    assert client.get(f"{ROOT}licenses", **bearer("alice")).status_code == 401


@pytest.mark.parametrize("value", ["nowhere.to.be.found", "tests.api.auth.nothing", "x", 5])
def test_a_setting_that_names_no_function_is_told(settings, value):
    settings.WAGTAIL_LICENSING_API_AUTH = value
    assert [problem.id for problem in check_api_auth()] == ["wagtail_licensing.E060"]


@pytest.mark.parametrize("value", ["", "tests.api.auth.by_token"])
def test_one_that_does_is_not(settings, value):
    settings.WAGTAIL_LICENSING_API_AUTH = value
    assert check_api_auth() == []
