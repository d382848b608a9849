"""The access report: every page, document, image and area with its rule; filters, pages, exports."""

import csv
import io
import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import PlainPage
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.models import EntitlementRule, Gate

REPORT = "/admin/licensing/report/"


@pytest.fixture(autouse=True)
def files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def world(home, article, course, pro, basic, alice, now):
    """A gated article, a course with a free lesson, a gated document, an area, a picture."""
    gate_page(article, pro, without_access="not_found")
    gate_page(course, basic)
    gate_page(course.get_children().first(), audience="everyone")
    shelf = Collection.get_first_root_node().add_child(name="Shelf")
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro)
    get_document_model().objects.create(
        title="Guide", file=ContentFile(b"x", name="guide.txt"), collection=shelf
    )
    get_image_model().objects.create(title="Picture", file=get_test_image_file())
    area = Gate.objects.create(kind="area", area="tools", audience="members", without_access="login")
    give(alice, pro, at=now)
    return area


def report(client, **query) -> str:
    response = client.get(REPORT, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def titles(body: str) -> list[str]:
    found = re.findall(r'<div class="title-wrapper">\s*(.*?)\s*</div>', body)
    return [re.sub(r"<.*?>", "", title).strip() for title in found]


def rows(response) -> list[dict]:
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


ALL = [
    "Welcome to your new Wagtail site!",
    "How to sell",
    "Wagtail in a week",
    "Lesson 1",
    "Lesson 2",
    "Lesson 3",
    "Guide",
    "Picture",
    "tools",
]


def test_everything_is_in_it_with_its_rule_and_its_readers(world, viewer):
    body = report(signed_in(viewer))

    assert titles(body) == ALL
    assert "People with a license for Pro" in body
    assert "Inherited from “Wagtail in a week”" in body
    assert "Collection “Shelf”" in body
    assert CANARY not in body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "document"}, ["Guide"]),
        ({"kind": ["image", "area"]}, ["Picture", "tools"]),
        ({"rule": "own"}, ["How to sell", "Wagtail in a week", "Lesson 1", "tools"]),
        ({"rule": "inherited"}, ["Lesson 2", "Lesson 3", "Guide"]),
        ({"rule": "free"}, ["Lesson 1"]),
        ({"rule": "none"}, ["Welcome to your new Wagtail site!", "Picture"]),
        ({"product": "pro"}, ["How to sell", "Guide"]),
        ({"without_access": "not_found"}, ["How to sell"]),
        ({"without_access": "login"}, ["tools"]),
        ({"product": "pro", "without_access": "teaser"}, ["Guide"]),
        ({"product": "pro", "rule": "none"}, []),
        ({"q": "lesson", "rule": "inherited"}, ["Lesson 2", "Lesson 3"]),
        ({"q": "tool"}, ["tools"]),
    ],
)
def test_it_is_narrowed_by_kind_rule_product_mode_and_words(world, viewer, pro, query, expected):
    if "product" in query:
        query = {**query, "product": pro.pk}

    assert titles(report(signed_in(viewer), **query)) == expected


def test_it_is_paged_across_kinds_and_no_row_is_lost_or_doubled(world, viewer, home):
    for number in range(95):
        home.add_child(instance=PlainPage(title=f"Page {number:03}", slug=f"page-{number}"))
    client = signed_in(viewer)

    found = [title for page in (1, 2, 3) for title in titles(report(client, p=page))]

    assert len(found) == len(set(found)) == len(ALL) + 95
    assert found[-1] == "tools"


def test_a_page_of_it_costs_the_same_with_few_and_with_many_rows(world, viewer, home, pro):
    client = signed_in(viewer)

    def count() -> int:
        report(client)
        with CaptureQueriesContext(connection) as captured:
            report(client)
        return len(captured.captured_queries)

    few = count()
    for number in range(60):
        page = home.add_child(instance=PlainPage(title=f"Page {number}", slug=f"page-{number}"))
        if number % 2:
            gate_page(page, pro)
    # A whole page of pages needs no query for documents, images and areas.
    assert count() <= few


def test_the_csv_says_the_same_and_runs_nothing(world, viewer, home):
    home.add_child(instance=PlainPage(title="=1+1", slug="formula"))

    found = rows(signed_in(viewer).get(REPORT, {"export": "csv"}))

    by_title = {row["Title"]: row for row in found}
    assert len(found) == len(ALL) + 1
    assert "'=1+1" in by_title
    assert by_title["How to sell"]["Readers"] == "1"
    assert by_title["How to sell"]["Without access, show"] == "“Not found” (404)"
    assert by_title["Picture"]["Readers"] == "everyone"
    assert by_title["tools"]["Readers"] == "every member"
    assert by_title["Lesson 2"]["Where the rule comes from"] == "Inherited from “Wagtail in a week”"


def test_the_workbook_holds_text_and_no_formula(world, viewer, home):
    home.add_child(instance=PlainPage(title="=1+1", slug="formula"))

    response = signed_in(viewer).get(REPORT, {"export": "xlsx", "q": "1+1"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

    assert sheet["B2"].value == "'=1+1"
    assert sheet["B2"].data_type == "s"


def test_an_alias_lists_the_gates_of_what_it_shows(world, viewer, article, home):
    article.create_alias(parent=home, update_slug="alias")

    assert "Alias of “How to sell”" in report(signed_in(viewer))


def test_the_menu_has_it_for_those_who_may_see_gates(viewer, erin):
    assert REPORT in signed_in(viewer).get("/admin/").content.decode()
    assert REPORT not in signed_in(erin).get("/admin/").content.decode()


def test_links_are_for_those_who_may_follow_them(world, viewer, access_editor, olivia):
    looking, editing, owning = (report(signed_in(user)) for user in (viewer, access_editor, olivia))

    assert "/edit/" not in looking.split('id="listing-results"')[1]
    assert "/edit/" in editing.split('id="listing-results"')[1]
    assert "licensing/explain/?target=page" not in editing
    assert "licensing/explain/?target=page" in owning
