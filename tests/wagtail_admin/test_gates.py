"""Gates in the admin, on every kind of target."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection, ModelLogEntry

from tests.conftest import gate_page
from tests.testapp.models import ArticlePage
from tests.wagtail_admin.conftest import formset, member_of, post_and_confirm, signed_in
from wagtail_licensing.access import has_access
from wagtail_licensing.models import EntitlementRule, Gate

BASE = "/admin/licensing/gates"


def data(*rules, initial=0, **fields) -> dict:
    values = {"audience": "licensed", "without_access": "teaser", "area": "", **fields}
    return {**values, **formset("rules", *rules, initial=initial)}


def rule(product, after_days=0, **fields) -> dict:
    return {"product": product.pk, "after_days": after_days, **fields}


@pytest.fixture
def document(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return get_document_model().objects.create(title="Slides", file=ContentFile(b"x", "slides.pdf"))


@pytest.fixture
def targets(article, document):
    collection = Collection.get_first_root_node().add_child(name="Members")
    return {
        "page": article.pk,
        "page_type": ContentType.objects.get_for_model(ArticlePage).pk,
        "collection": collection.pk,
        "document": document.pk,
        "area": "members-corner",
    }


@pytest.mark.parametrize("kind", ["page", "page_type", "collection", "document", "area"])
def test_a_gate_is_put_up_on_every_kind_of_target(access_editor, targets, pro, kind):
    response = signed_in(access_editor).post(
        f"{BASE}/new/", data(rule(pro), kind=kind, **{kind: targets[kind]})
    )

    assert response.status_code == 302, response.context["form"].errors
    gate = Gate.objects.get()
    assert gate.kind == kind
    assert gate.rules.get().product == pro


@pytest.mark.parametrize("kind", ["page", "page_type", "collection", "document", "area"])
def test_a_missing_target_is_said_at_its_field(access_editor, pro, kind, targets):
    response = signed_in(access_editor).post(f"{BASE}/new/", data(rule(pro), kind=kind))

    assert response.status_code == 200
    assert response.context["form"].errors[kind] == ["Choose what this gate stands before."]
    assert not Gate.objects.exists()


def test_a_target_of_another_kind_is_said_at_its_field(access_editor, targets, pro):
    response = signed_in(access_editor).post(
        f"{BASE}/new/",
        data(rule(pro), kind="page", page=targets["page"], document=targets["document"]),
    )

    assert response.context["form"].errors["document"] == [
        "Leave this empty: the gate is of another kind."
    ]


def test_a_second_gate_on_the_same_target_is_refused(access_editor, gated_article, pro):
    response = signed_in(access_editor).post(
        f"{BASE}/new/", data(rule(pro), kind="page", page=gated_article.pk)
    )

    assert "already" in response.context["form"].errors["page"][0]
    assert Gate.objects.count() == 1


def test_two_areas_without_a_name_do_not_meet(access_editor, targets, pro, home):
    """An empty name is stored as none: an empty string would be taken once for all."""
    client = signed_in(access_editor)
    client.post(f"{BASE}/new/", data(rule(pro), kind="page", page=targets["page"]))
    response = client.post(f"{BASE}/new/", data(rule(pro), kind="page", page=home.pk))

    assert response.status_code == 302, response.context["form"].errors
    assert list(Gate.objects.values_list("area", flat=True)) == [None, None]


def test_people_with_a_license_for_nothing_cannot_be_saved(access_editor, article):
    response = signed_in(access_editor).post(f"{BASE}/new/", data(kind="page", page=article.pk))

    assert "at least one product" in response.context["form"].errors["audience"][0]
    assert not Gate.objects.exists()


def test_any_member_needs_no_product(access_editor, article, charlie):
    signed_in(access_editor).post(f"{BASE}/new/", data(kind="page", page=article.pk, audience="members"))

    assert has_access(charlie, article)
    assert Gate.objects.get().audience == "members"


def test_the_same_product_twice_is_refused(access_editor, article, pro):
    response = signed_in(access_editor).post(
        f"{BASE}/new/", data(rule(pro), rule(pro), kind="page", page=article.pk)
    )

    assert response.status_code == 200
    assert not Gate.objects.exists()


def test_changing_a_gate_keeps_its_target(access_editor, gated_article, pro, team, home):
    gate = Gate.objects.get()
    present = gate.rules.get()

    response = signed_in(access_editor).post(
        f"{BASE}/edit/{gate.pk}/",
        data(
            rule(pro, id=present.pk),
            rule(team, after_days=14),
            initial=1,
            kind="area",
            page=home.pk,
            without_access="not_found",
        ),
    )

    assert response.status_code == 302, response.context["form"].errors
    gate.refresh_from_db()
    assert (gate.kind, gate.page_id, gate.without_access) == ("page", gated_article.pk, "not_found")
    assert set(EntitlementRule.objects.values_list("product__name", "after_days")) == {
        ("Pro", 0),
        ("Team", 14),
    }


def test_the_last_product_cannot_be_taken_away(access_editor, gated_article, pro):
    gate = Gate.objects.get()

    response = signed_in(access_editor).post(
        f"{BASE}/edit/{gate.pk}/", data(rule(pro, id=gate.rules.get().pk, DELETE="on"), initial=1)
    )

    assert response.status_code == 200
    assert EntitlementRule.objects.count() == 1


def test_taking_a_gate_away_opens_and_is_logged(
    access_editor, gated_article, charlie, django_capture_on_commit_callbacks
):
    gate = Gate.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        post_and_confirm(signed_in(access_editor), f"{BASE}/delete/{gate.pk}/", {})

    assert has_access(charlie, gated_article)
    history = signed_in(access_editor).get(f"/admin/pages/{gated_article.pk}/history/")
    assert "Changed who can read this" in history.content.decode()
    assert "same as parent" in history.content.decode()


def test_a_gate_on_something_else_than_a_page_is_logged_on_the_gate(
    access_editor, targets, pro, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(access_editor).post(f"{BASE}/new/", data(rule(pro), kind="area", area="corner"))

    entry = ModelLogEntry.objects.get(action="wagtail_licensing.gate.created")
    assert (entry.user, entry.label) == (access_editor, "Named area: corner")


def test_the_gate_of_a_page_is_for_who_may_edit_the_page(gated_article, pro, home):
    """An access editor without a right on any page touches no page's gate."""
    zoe, gate = member_of("zoe", "Access editors"), Gate.objects.get()
    client = signed_in(zoe)
    xhr = {"headers": {"x-requested-with": "XMLHttpRequest"}}

    assert client.get(f"{BASE}/edit/{gate.pk}/", **xhr).status_code == 403
    assert client.post(f"{BASE}/edit/{gate.pk}/", data(audience="everyone"), **xhr).status_code == 403
    assert client.post(f"{BASE}/delete/{gate.pk}/", **xhr).status_code == 403
    response = client.post(f"{BASE}/new/", data(rule(pro), kind="page", page=home.pk))
    assert response.context["form"].errors["page"] == ["You may not edit this, so you may not gate it."]
    assert Gate.objects.get().audience == "licensed"


def test_the_list_names_targets_and_products(access_editor, gated_article, pro, team):
    gate_page(gated_article.get_parent(), team)

    body = signed_in(access_editor).get(f"{BASE}/").content.decode()

    assert "Page and everything under it: How to sell" in body
    assert "People with a license for Pro" in body


def test_the_list_costs_the_same_for_two_and_for_twelve_gates(access_editor, home, pro):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(access_editor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{BASE}/").status_code == 200
        return len(captured)

    def add(number: int) -> None:
        page = home.add_child(instance=ArticlePage(title=f"A{number}", slug=f"a{number}"))
        gate_page(page, pro)

    add(0)
    add(1)
    cost()
    two = cost()
    for number in range(2, 12):
        add(number)

    assert cost() == two


def test_other_screens_of_a_gate_answer(access_editor, gated_article):
    client, gate = signed_in(access_editor), Gate.objects.get()

    for path in ("history", "usage", "inspect", "delete", "edit"):
        assert client.get(f"{BASE}/{path}/{gate.pk}/").status_code == 200
    for kind in ("csv", "xlsx"):
        assert client.get(f"{BASE}/", {"export": kind}).status_code == 200
    assert client.get(f"{BASE}/", {"q": "sell"}).status_code == 200


@pytest.mark.parametrize("kind", ["page", "page_type", "collection", "document"])
def test_who_may_not_edit_a_target_neither_gates_nor_ungates_it(targets, pro, kind):
    client = signed_in(member_of("zoe", "Access editors"))
    xhr = {"headers": {"x-requested-with": "XMLHttpRequest"}}
    response = client.post(f"{BASE}/new/", data(rule(pro), kind=kind, **{kind: targets[kind]}))
    assert response.context["form"].errors[kind] == ["You may not edit this, so you may not gate it."]
    column = kind if kind == "page_type" else f"{kind}"
    gate = Gate.objects.create(kind=kind, **{f"{column}_id": targets[kind]})

    assert client.post(f"{BASE}/edit/{gate.pk}/", data(audience="everyone"), **xhr).status_code == 403
    assert client.post(f"{BASE}/delete/{gate.pk}/", **xhr).status_code == 403
    assert Gate.objects.get().audience == "licensed"


def test_a_gate_of_an_image_names_it_by_its_number(olivia, pro, settings, tmp_path):
    from wagtail.images import get_image_model
    from wagtail.images.tests.utils import get_test_image_file

    settings.MEDIA_ROOT = tmp_path
    image = get_image_model().objects.create(title="Chart", file=get_test_image_file())
    kind = ContentType.objects.get_for_model(image)
    fields = {"kind": "object", "object_type": kind.pk}

    gone = signed_in(olivia).post(f"{BASE}/new/", data(rule(pro), **fields, object_id=image.pk + 1))
    done = signed_in(olivia).post(f"{BASE}/new/", data(rule(pro), **fields, object_id=image.pk))

    assert gone.context["form"].errors["object_id"] == ["There is no such object."]
    assert done.status_code == 302, done.context["form"].errors
    assert Gate.objects.get().target_object == image


def test_dates_and_free_pages_of_a_gate_are_kept_in_its_facts(access_editor, gated_article, pro):
    from wagtail_licensing.gates.write import gate_facts

    gate = Gate.objects.get()
    row = rule(pro, id=gate.rules.get().pk, keeps="on")
    fields = {"free_reads": "4", "free_from": "2030-01-01 00:00"}
    response = signed_in(access_editor).post(f"{BASE}/edit/{gate.pk}/", data(row, initial=1, **fields))

    assert response.status_code == 302, response.context["form"].errors
    facts = gate_facts(Gate.objects.get())
    assert (facts["free_reads"], facts["keeps"]) == (4, [pro.pk])
    assert facts["free_from"].startswith("20")
