"""The check that counts hidden gates."""

import pytest

from tests.conftest import gate_page
from wagtail_licensing.checks import floor as checks
from wagtail_licensing.gates import floor

pytestmark = pytest.mark.django_db


def test_more_hidden_gates_than_wagtail_can_be_told_of_are_named(article, course, pro, monkeypatch):
    monkeypatch.setattr(checks, "MOST_GATES", 1)
    assert floor.MOST_GATES == 200
    gate_page(article, pro, without_access="not_found")
    assert not checks.check_floor()
    gate_page(course, pro, without_access="not_found")
    assert [message.id for message in checks.check_floor()] == ["wagtail_licensing.W018"]


def test_a_site_without_the_floor_is_not_warned(article, course, pro, monkeypatch, settings):
    monkeypatch.setattr(checks, "MOST_GATES", 0)
    settings.WAGTAIL_LICENSING_FLOOR = False
    gate_page(article, pro, without_access="not_found")
    assert not checks.check_floor()
