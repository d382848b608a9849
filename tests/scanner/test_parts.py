"""The scan marks what belongs to a gated page, and what is gated in an open one, and finds it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType

from tests.conftest import gate_page
from tests.scanner.test_scan import QUICK, rows
from tests.testapp.models import Author, RecipePage, RecipeStep, StreamPage
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.scanner import scan_for_leaks
from wagtail_licensing.scanner.parts import plant_in_snippets

pytestmark = pytest.mark.django_db

#: The views that show what each part holds, and the kind of part.
LEAKY = ("lines", "blocks", "steps", "authors", "area", "jinja2", "corner", "printed")


def only_for(product=None, area=""):
    items = [{"type": "item", "value": product.pk, "id": "p"}] if product else []
    return {"heading": "Inside", "text": "It holds this.", "only_for": items, "only_in_area": area}


def stream(*blocks):
    return [{"type": kind, "value": value, "id": f"id-{n}"} for n, (kind, value) in enumerate(blocks)]


@pytest.fixture
def world(home, pro, basic):
    """A gated page with a line, an open one with gated blocks, a gated one of children and a snippet,
    and a named area."""
    lined = StreamPage(
        title="Lined", slug="lined", body=stream(("text", "Above."), ("line", None), ("text", "Below."))
    )
    home.add_child(instance=lined)
    gate_page(lined, pro)
    blocks = stream(
        ("text", "For all."), ("gated", only_for(basic)), ("list", [only_for(area="corner")])
    )
    opened = home.add_child(instance=StreamPage(title="Open", slug="open", body=blocks))
    author = Author.objects.create(name="Ada", biography="She cooks.")
    recipe = home.add_child(instance=RecipePage(title="Soup", slug="soup", author=author))
    RecipeStep.objects.create(page=recipe, text="Boil it.")
    gate_page(recipe, pro)
    gate = Gate.objects.create(kind="area", area="corner")
    EntitlementRule.objects.create(gate=gate, product=pro)
    return {"lined": lined, "opened": opened, "recipe": recipe, "author": author}


@pytest.fixture(autouse=True)
def a_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def test_each_part_is_marked_and_seen_with_a_license_and_by_nobody_else(licensing_scan, world, holes):
    holes("corner")
    before = rows()

    report = licensing_scan(**QUICK)

    assert report.leaks == []
    # The page with the line, two blocks, the steps, the author, and the area.
    assert (report.proved, report.targets) == (6, 6), str(report)
    unknown = ("area", "author", "step", "block", "RecipePage", "StreamPage")
    assert not [gap for gap in report.unscanned if any(word in gap.what for word in unknown)]
    assert rows() == before
    assert Author.objects.get().biography == "She cooks."
    assert RecipeStep.objects.get().text == "Boil it."


def test_a_leak_of_each_part_is_found_at_its_view_and_named(licensing_scan, world, holes):
    holes(*LEAKY)

    report = licensing_scan(**QUICK)

    lined, opened = f"StreamPage {world['lined'].pk}", f"StreamPage {world['opened'].pk}"
    recipe, author = f"RecipePage {world['recipe'].pk}", f"Author {world['author'].pk}"
    found = {(leak.url, leak.target, leak.channel) for leak in report.leaks}
    assert found == {
        ("/lines/", f"{lined}, body, below the paywall line", "view"),
        ("/blocks/", f"{opened}, body, a gated block", "view"),
        ("/steps/", f"{recipe}, steps, steps.text", "view"),
        ("/authors/", f"{author}, biography", "view"),
        ("/area/", "area corner, what it opens", "cache"),
        ("/jinja2/", "area corner, what it opens", "cache"),
        ("/printed/", "area corner, the text of /corner/", "view"),
    }
    for url in ("/lines/", "/blocks/", "/steps/", "/authors/", "/printed/"):
        people = {leak.persona for leak in report.leaks if leak.url == url}
        assert people == {"stranger", "member without a license", "lapsed", "other product"}


def test_a_snippet_that_anything_else_names_too_is_no_secret(world, home):
    def secrets():
        return [secret.label for secret in plant_in_snippets([world["recipe"]], "run")]

    assert secrets() == [f"Author {world['author'].pk}"]
    home.add_child(instance=RecipePage(title="Bread", slug="bread", author=world["author"]))
    assert secrets() == []


def test_a_snippet_is_hidden_from_those_who_open_none_of_its_pages(world, home, pro, alice, bob, now):
    gate_page(
        home.add_child(instance=RecipePage(title="B", slug="b", author=world["author"])),
        audience="members",
    )
    (secret,) = plant_in_snippets([world["recipe"]], "run")

    assert secret.is_closed_to(AnonymousUser())
    assert not secret.is_closed_to(bob)


def test_a_snippet_with_a_gate_of_its_own_is_marked_once(world, pro, monkeypatch):
    kind = ContentType.objects.get_for_model(Author)
    gate = Gate.objects.create(kind="object", object_type=kind, object_id=str(world["author"].pk))
    EntitlementRule.objects.create(gate=gate, product=pro)

    report = scan_for_leaks(allow_plant=True, max_requests=1)

    assert report.targets == 6  # the guarded view is not there
    assert not [gap for gap in report.unscanned if "does not know where objects" in gap.why]


LONG = "of the {} is a long sentence that stands in no other place of this site"


@pytest.fixture
def spoken(world):
    """The same with long sentences in every part, and in what is open beside them."""
    said = {name: f"The text {LONG.format(name)}" for name in ("line", "block", "step", "author")}
    above = f"The text {LONG.format('open beginning')}"
    lined, opened = world["lined"], world["opened"]
    lined.body = stream(("text", f"{above}."), ("line", None), ("text", f"{said['line']}."))
    lined.save()
    gated_one = {**only_for(area="corner"), "text": f"{said['block']}."}
    opened.body = stream(("text", f"{above}, too."), ("gated", gated_one))
    opened.save()
    RecipeStep.objects.update(text=f"{said['step']}.")
    Author.objects.update(biography=f"{said['author']}.")
    return world


def test_without_planting_parts_are_recognised_by_what_they_say(spoken, holes):
    holes("lines", "blocks", "steps", "authors")
    before = rows()

    report = scan_for_leaks(plant=False, **QUICK)

    lined, opened = f"StreamPage {spoken['lined'].pk}", f"StreamPage {spoken['opened'].pk}"
    recipe, author = f"RecipePage {spoken['recipe'].pk}", f"Author {spoken['author'].pk}"
    assert {(leak.url, leak.target) for leak in report.leaks} == {
        ("/lines/", f"{lined}, body"),
        ("/blocks/", f"{opened}, body, a gated block"),
        ("/steps/", f"{recipe}, steps, steps.text"),
        ("/authors/", f"{author}, biography"),
    }
    assert {leak.persona for leak in report.leaks} == {"stranger"}
    assert rows() == before


def test_without_planting_a_whole_site_is_clean(spoken, holes):
    holes("corner")

    report = scan_for_leaks(plant=False, **QUICK)

    assert report.leaks == []
    # A page with a line, the steps of another, a block, a snippet and an area.
    assert report.targets == 5
