"""What members see of files: versions, what is left of a month, and why one is closed."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.conftest import give
from tests.gates.files.conftest import answer
from tests.testapp.models import FilePage, FileVersion
from wagtail_licensing.access import check_access
from wagtail_licensing.gates.files.counting import count_download
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
DOWNLOADS = "/licensing/account/downloads/"


def text(client, user, url):
    client.force_login(user)
    return client.get(url).content.decode()


@pytest.fixture
def shelf(pro, settings, tmp_path):
    """A collection that Pro opens, whose files are kept."""
    settings.MEDIA_ROOT = tmp_path
    shelf = Collection.get_first_root_node().add_child(name="Shelf")
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro, keeps=True)
    return shelf


def add_version(page, number, collection, released_at):
    document = get_document_model()(title="Toolkit", collection=collection, file_size=9)
    document.file.save(f"toolkit-{number}.zip", ContentFile(b"toolkit"))
    get_document_model().objects.filter(pk=document.pk).update(created_at=released_at)
    return FileVersion.objects.create(
        page=page, number=number, released_at=released_at, document=document, notes=f"New in {number}."
    )


@pytest.fixture
def toolkit(home, shelf, now):
    """A file in three versions, of three, two and one day ago; added in no order."""
    page = home.add_child(instance=FilePage(title="Toolkit", slug="toolkit"))
    add_version(page, "1.1", shelf, now - 2 * DAY)
    add_version(page, "2.0", shelf, now - DAY)
    add_version(page, "1.0", shelf, now - 3 * DAY)
    return page


def test_versions_come_newest_first_with_what_is_new(client, alice, pro, toolkit, now):
    assert [version.number for version in toolkit.get_versions()] == ["2.0", "1.1", "1.0"]
    give(alice, pro, at=now)
    page = text(client, alice, toolkit.url)
    places = [page.index(f"New in {number}.") for number in ("2.0", "1.1", "1.0")]
    assert places == sorted(places)
    assert all(version.document.url in page for version in toolkit.get_versions())


def test_a_stranger_sees_what_is_new_and_no_address(client, charlie, toolkit):
    page = text(client, charlie, toolkit.url)
    assert "New in 2.0." in page
    assert "You need a license to open this." in page
    assert not any(version.document.url in page for version in toolkit.get_versions())
    assert client.get(toolkit.url)["Cache-Control"] == "private, no-store"


def test_who_has_ended_keeps_what_was_uploaded_until_then(client, dana, pro, toolkit, now):
    end = now - DAY - dt.timedelta(hours=1)
    give(dana, pro, at=now - 10 * DAY, ends_at=end)
    new, middle, old = toolkit.get_versions()
    page = text(client, dana, toolkit.url)
    assert new.document.url not in page
    assert middle.document.url in page
    assert old.document.url in page
    urls = [version.document.url for version in (new, middle, old)]
    statuses = [answer(client.get(url)).status_code for url in urls]
    assert statuses == [403, 200, 200]


def test_the_account_names_versions_and_what_is_closed(client, dana, pro, toolkit, now):
    give(dana, pro, at=now - 10 * DAY, ends_at=now - DAY - dt.timedelta(hours=1))
    page = text(client, dana, DOWNLOADS)
    opened, closed = page.split("Closed at the moment")
    assert "Version 1.1" in opened
    assert "Version 2.0" not in opened
    assert "Version 2.0" in closed
    assert "Your license for this has ended." in closed
    assert f'href="{toolkit.url}"' in closed


def test_the_account_says_what_is_left_this_month(client, alice, pro, toolkit, now):
    EntitlementRule.objects.update(downloads_per_month=2)
    give(alice, pro, at=now)
    assert "2 of 2 downloads left this month" in text(client, alice, DOWNLOADS)
    for version in toolkit.get_versions()[:2]:
        decision = check_access(alice, version.document, now)
        count_download(document=version.document, user=alice, decision=decision, at=now)
    page = text(client, alice, DOWNLOADS)
    assert "downloads left" not in page
    assert "You have had all downloads of this month." in page


def test_a_hidden_file_is_not_named_to_who_had_it(client, dana, pro, toolkit, now):
    Gate.objects.update(without_access="not_found")
    EntitlementRule.objects.update(keeps=False)
    give(dana, pro, at=now - 10 * DAY, ends_at=now - DAY)
    assert "Toolkit" not in text(client, dana, DOWNLOADS)


def test_the_number_of_files_costs_no_queries(
    client, alice, pro, toolkit, shelf, now, django_assert_max_num_queries
):
    EntitlementRule.objects.update(downloads_per_month=9)
    give(alice, pro, at=now)
    client.force_login(alice)
    client.get(DOWNLOADS)
    for number in range(5):
        add_version(toolkit, f"0.{number}", shelf, now - DAY * 9)
    with django_assert_max_num_queries(24):
        assert "Version 0.4" in client.get(DOWNLOADS).content.decode()


def test_the_admin_lists_and_exports_what_was_downloaded(
    client, alice, charlie, olivia, pro, toolkit, now
):
    give(alice, pro, at=now)
    client.force_login(alice)
    answer(client.get(toolkit.get_versions()[0].document.url))
    index = reverse("wagtail_licensing_downloads:index")
    client.force_login(olivia)
    page = client.get(index).content.decode()
    assert "Toolkit" in page
    assert "alice" in page
    assert client.get(index, {"q": "alice toolkit"}).context["object_list"].count() == 1
    assert client.get(index, {"q": "charlie"}).context["object_list"].count() == 0
    other = {"product": pro.pk, "begun_at_from": now.date() + 2 * DAY}
    assert client.get(index, other).context["object_list"].count() == 0
    assert client.get(index, {"product": pro.pk}).context["object_list"].count() == 1
    exported = b"".join(client.get(index, {"export": "csv"}).streaming_content).decode()
    assert alice.licenses.get().reference in exported
    assert "toolkit-2.0.zip" in exported
    client.force_login(charlie)
    assert client.get(index).status_code == 302
