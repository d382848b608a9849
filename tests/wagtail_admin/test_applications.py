"""The queue of applications: read by those who may, decided by those who may, one or several."""

import pytest
from django.core import mail

from tests.conftest import make_product, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import ChangedBy, apply_for_license
from wagtail_licensing.models import License, LicenseApplication, LicenseEvent

LIST = "/admin/licensing/applications/"
APPROVE = "/admin/bulk/wagtail_licensing/licenseapplication/approve/"
REFUSE = "/admin/bulk/wagtail_licensing/licenseapplication/refuse/"


@pytest.fixture
def three(db, now):
    """Three people apply for a fellowship."""
    product = make_product("Fellows", kind="perpetual", issue_mode="approval")
    return [
        apply_for_license(
            product=product,
            user=make_user(name),
            answers=[{"question": "Why?", "answer": f"I am <{name}>"}],
            at=now,
            by=ChangedBy(cause=Cause.MEMBER),
        )
        for name in ("ann", "ben", "cat")
    ]


def address(url, applications) -> str:
    return f"{url}?" + "&".join(f"id={application.pk}" for application in applications)


def test_the_list_and_what_somebody_wrote(manager, three):
    browser = signed_in(manager)
    page = browser.get(f"{LIST}?state=waiting").content.decode()
    assert all(name in page for name in ("ann", "ben", "cat"))
    page = browser.get(f"{LIST}inspect/{three[0].pk}/").content.decode()
    assert "I am &lt;ann&gt;" in page
    assert APPROVE in page


def test_several_are_approved_at_once(manager, three):
    answer = signed_in(manager).post(address(APPROVE, three[:2]), follow=True)
    assert "2 applications approved." in answer.content.decode()
    assert list(License.objects.order_by("pk").values_list("state", flat=True)) == [
        "active",
        "active",
        "pending",
    ]
    assert LicenseApplication.objects.filter(decided_by=manager, state="approved").count() == 2
    assert LicenseEvent.objects.filter(kind="approved", actor=manager).count() == 2


def test_several_are_refused_with_one_reason(manager, three):
    answer = signed_in(manager).post(address(REFUSE, three), {"reason": "Full"}, follow=True)
    assert "3 applications refused." in answer.content.decode()
    assert set(LicenseApplication.objects.values_list("state", "reason")) == {("refused", "Full")}
    assert set(License.objects.values_list("state", flat=True)) == {"revoked"}


def test_without_a_reason_nobody_is_refused(manager, three):
    answer = signed_in(manager).post(address(REFUSE, three), {"reason": " "})
    assert answer.status_code == 200
    assert set(LicenseApplication.objects.values_list("state", flat=True)) == {"waiting"}


def test_what_was_decided_is_left_alone(manager, three):
    browser = signed_in(manager)
    browser.post(address(APPROVE, three[:1]))
    browser.post(address(REFUSE, three), {"reason": "Full"})
    assert License.objects.get(pk=three[0].license_id).state == "active"
    page = browser.get(f"{LIST}inspect/{three[0].pk}/").content.decode()
    assert APPROVE not in page


def test_a_viewer_reads_and_decides_nothing(viewer, three):
    browser = signed_in(viewer)
    assert browser.get(LIST).status_code == 200
    assert APPROVE not in browser.get(f"{LIST}inspect/{three[0].pk}/").content.decode()
    for url in (APPROVE, REFUSE):
        browser.post(address(url, three), {"reason": "x"})
    assert set(LicenseApplication.objects.values_list("state", flat=True)) == {"waiting"}
    assert mail.outbox == []


def test_an_editor_of_gates_finds_no_queue(access_editor, three):
    assert signed_in(access_editor).get(LIST).status_code in {302, 403}
