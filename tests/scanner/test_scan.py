"""The scan finds every hole, finds none where there is none, and leaves nothing behind."""

import json
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings as live_settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import path
from django.views.static import serve
from wagtail.models import Collection

from tests.conftest import CANARY
from tests.testapp.models import ArticlePage, RoutedPage
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.scanner import CannotScanError, scan_for_leaks
from wagtail_licensing.scanner import scan as scan_module

from . import leaky

pytestmark = pytest.mark.django_db

#: Little of the rest of the site, so that a test takes a second.
QUICK = {"pages_per_type": 1, "open_pages_per_type": 2, "admin": False}


@pytest.fixture
def gated_collection(pro):
    collection = Collection.get_first_root_node().add_child(name="Members only")
    gate = Gate.objects.create(kind="collection", collection=collection)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return collection


def rows():
    """Return how many rows every table has."""
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
    return counts


def files(folder):
    return sorted(str(found) for found in folder.rglob("*") if found.is_file())


# --- nothing leaks --------------------------------------------------------------------------------


def test_a_site_without_holes_is_clean_and_the_scan_proves_it(
    licensing_scan, gated_article, gated_collection
):
    report = licensing_scan(**QUICK)

    assert report.leaks == []
    assert report.is_clean
    assert report.requests > 200
    assert report.proved == report.targets >= 3
    assert not [gap for gap in report.unscanned if "proves nothing" in gap.why]


def test_nothing_is_left_in_the_database_the_storage_and_the_mail_box(
    licensing_scan, gated_article, gated_collection, media_folder, holes
):
    holes("search", "feed", "api", "fragment", "broken")
    before, body = rows(), gated_article.body
    files_before, caches = files(media_folder), live_settings.CACHES

    assert not licensing_scan(**QUICK).is_clean

    assert rows() == before
    assert files(media_folder) == files_before
    assert ArticlePage.objects.get(pk=gated_article.pk).body == body
    assert mail.outbox == []
    assert live_settings.CACHES is caches


def test_nothing_is_left_after_a_crash_in_the_middle(
    licensing_scan, gated_article, gated_collection, media_folder, channel
):
    before = rows()
    seen = []

    def crash(target):
        seen.extend(files(media_folder))
        raise RuntimeError("in the middle")

    channel("broken", crash)
    with pytest.raises(RuntimeError):
        licensing_scan(**QUICK)

    assert seen
    assert rows() == before
    assert files(media_folder) == []


def test_a_site_without_gates_is_told_that_nothing_is_proved(licensing_scan, home):
    report = licensing_scan(max_requests=1)

    assert "nothing published is gated" in str(report)


# --- holes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hole", "channel_name", "url", "advice"),
    [
        ("search", "search", "/find/", ".search()"),
        ("finder", "search", "/finder/", ".search()"),
        ("feed", "feed", "/articles.xml", "get_teaser()"),
        ("api", "API", "/rest/articles/", "only_accessible"),
        ("fragment", "cache", "/fragment/", "{% cache %}"),
    ],
)
def test_a_hole_is_found_with_its_channel_and_a_way_to_close_it(
    licensing_scan, gated_article, holes, settings, hole, channel_name, url, advice
):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    holes(hole)

    report = licensing_scan(**QUICK)

    assert report.leaks, str(report)
    assert {leak.channel for leak in report.leaks} == {channel_name}
    assert all(leak.url.startswith(url) for leak in report.leaks)
    assert all(advice in leak.fix for leak in report.leaks)
    assert all(leak.target.startswith(f"ArticlePage {gated_article.pk}") for leak in report.leaks)
    assert "stranger" in {leak.persona for leak in report.leaks}


def test_a_public_media_folder_is_found(licensing_scan, gated_collection, settings, media_folder, holes):
    holes()
    module = __import__("sys").modules[settings.ROOT_URLCONF]
    module.urlpatterns.insert(0, path("media/<path:path>", serve, {"document_root": str(media_folder)}))

    report = licensing_scan(**QUICK)

    assert {"storage"} <= {leak.channel for leak in report.leaks}
    assert {"Document", "Image"} <= {leak.target.split()[0] for leak in report.leaks}
    assert "PrivateFileSystemStorage" in str(report)


def test_an_open_page_that_shows_a_gated_one_is_found(licensing_scan, gated_article, home, monkeypatch):
    teller = home.add_child(instance=RoutedPage(title="Teller", slug="teller"))
    monkeypatch.setattr(
        RoutedPage,
        "get_context",
        lambda self, request, *args, **kwargs: {
            "page": {"title": "x", "body": ArticlePage.objects.get(pk=gated_article.pk).body}
        },
    )

    report = licensing_scan(**QUICK)

    assert {(leak.channel, leak.url) for leak in report.leaks} == {("open page", teller.full_url)}
    assert {leak.persona for leak in report.leaks} == {
        "stranger",
        "member without a license",
        "lapsed",
        "other product",
    }


def test_a_gate_that_any_license_opens_is_a_leak_to_nobody_but_its_outsiders(
    licensing_scan, article, pro
):
    Gate.objects.create(kind="page", page_id=article.pk, audience="members")

    assert licensing_scan(**QUICK).leaks == []


def test_a_channel_of_the_site_is_asked_for_each_target(licensing_scan, gated_article, holes, channel):
    holes("named")
    assert any(gap.what == "/named/<name>/" for gap in licensing_scan(**QUICK).unscanned)

    channel("export", lambda target: [f"/named/{target.pk}/"])
    report = licensing_scan(**QUICK)

    assert {(leak.channel, leak.url) for leak in report.leaks} == {
        ("export", f"/named/{gated_article.pk}/")
    }


def test_views_that_fail_are_reported_and_stop_nothing(licensing_scan, gated_article, holes):
    holes("broken", "feed")

    report = licensing_scan(**QUICK)

    assert any(gap.what == "/broken/" and "500" in gap.why for gap in report.unscanned)
    assert {leak.channel for leak in report.leaks} == {"feed"}


def test_a_page_that_its_members_cannot_read_proves_nothing_and_says_so(
    licensing_scan, gated_article, monkeypatch
):
    monkeypatch.setattr(ArticlePage, "template", "login.html")

    report = licensing_scan(**QUICK)

    assert report.proved == 0
    assert any(
        gap.what == f"ArticlePage {gated_article.pk}" and "proves nothing" in gap.why
        for gap in report.unscanned
    )


def test_the_number_of_requests_is_bounded_and_the_rest_is_named(licensing_scan, gated_article):
    report = licensing_scan(max_requests=7)

    assert report.requests == 7
    assert any(gap.what == "the rest of the site" for gap in report.unscanned)


def test_a_teaser_is_no_leak(licensing_scan, gated_article, client):
    report = licensing_scan(**QUICK)

    assert "for everybody" in client.get(gated_article.url).content.decode()
    assert report.is_clean


# --- without planting -----------------------------------------------------------------------------


def test_without_planting_nothing_is_written_and_words_that_are_there_are_found(
    gated_article, holes, django_assert_num_queries
):
    sentence = f"This is a long sentence with {CANARY} that stands in no other page of the site"
    ArticlePage.objects.filter(pk=gated_article.pk).update(body=f"<p>{sentence}. And more.</p>")
    holes("feed")
    before = rows()
    with connection.execute_wrapper(refuse_writes):
        report = scan_for_leaks(plant=False, **QUICK)

    assert {leak.channel for leak in report.leaks} == {"feed"}
    assert {leak.persona for leak in report.leaks} == {"stranger"}
    assert CANARY not in str(report)
    assert "only a stranger asks" in str(report)
    assert rows() == before


def refuse_writes(execute, sql, params, many, context):
    assert sql.split()[0].upper() not in ("INSERT", "UPDATE", "DELETE"), sql
    return execute(sql, params, many, context)


# --- the command ----------------------------------------------------------------------------------


def scan_command(*arguments):
    """Return the exit code of the command and what it printed."""
    out = StringIO()
    try:
        call_command("licensing_scan", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_refuses_to_plant_where_debug_is_off(gated_article):
    with pytest.raises(CommandError) as refusal:
        scan_command()

    assert refusal.value.returncode == 2
    assert "--allow-plant" in str(refusal.value)
    with pytest.raises(CannotScanError):
        scan_for_leaks()


def test_the_command_ends_with_zero_for_a_clean_site(gated_article):
    code, text = scan_command("--allow-plant", "--no-admin", "--pages=1")

    assert code == 0, text
    assert "0 leaks" in text


def test_the_command_ends_with_one_for_leaks_and_prints_no_content(gated_article, holes):
    holes("feed")
    code, text = scan_command("--allow-plant", "--no-admin", "--json")

    told = json.loads(text)
    assert code == 1
    assert not told["clean"]
    assert {leak["channel"] for leak in told["leaks"]} == {"feed"}
    assert CANARY not in text
    assert "wlcanary" not in text


def test_what_was_not_scanned_fails_when_asked_to_and_can_be_accepted(gated_article, holes):
    holes("named")
    assert scan_command("--allow-plant", "--no-admin", "--fail-on-unscanned")[0] == 1

    gaps = scan_for_leaks(allow_plant=True, admin=False).unscanned
    accepted = [f"--accept={gap.what}" for gap in gaps]
    assert scan_command("--allow-plant", "--no-admin", "--fail-on-unscanned", *accepted)[0] == 0


def test_a_scan_that_breaks_off_ends_with_two(gated_article, monkeypatch):
    monkeypatch.setattr(scan_module, "_walk", lambda *args: 1 / 0)

    with pytest.raises(CommandError) as broken:
        scan_command("--allow-plant", "--no-admin")

    assert broken.value.returncode == 2


def test_the_fixture_is_imported_only_when_asked_for():
    assert apps.is_installed("wagtail_licensing")
    assert leaky.HOLES
    from wagtail_licensing import testing

    assert "licensing_scan" not in vars(testing)
    with pytest.raises(AttributeError):
        _ = testing.nothing_of_this_name
