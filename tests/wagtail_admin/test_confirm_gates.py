"""The Licensing menu asks before a gate, or what a product opens, changes so that somebody loses it."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.forms.models import model_to_dict
from guardian.shortcuts import assign_perm

from tests.conftest import gate_page, give, make_product, make_user
from tests.testapp.models import LessonPage
from tests.wagtail_admin.conftest import formset, post_and_confirm, signed_in, token_in
from wagtail_licensing.access import has_access
from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct

GATES = "/admin/licensing/gates"
PRODUCTS = "/admin/licensing/products"


def gate_data(*rules, initial=0, **fields) -> dict:
    values = {"audience": "licensed", "without_access": "teaser", "area": "", **fields}
    return {**values, **formset("rules", *rules, initial=initial)}


def product_data(product, *rules, initial=0, **fields) -> dict:
    # Whatever fields a product has; what is empty or not ticked is not sent.
    stored = model_to_dict(product, exclude=["terms"])
    values = {name: value for name, value in stored.items() if value is not None and value is not False}
    values.update(fields)
    more = {**formset("prices"), **formset("questions")}
    return {**values, **more, **formset("rules", *rules, initial=initial)}


def body(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def gate(gated_article) -> Gate:
    return Gate.objects.get()


@pytest.fixture
def readers(pro, now):
    people = [make_user(f"reader{number}") for number in range(3)]
    for person in people[:2]:
        give(person, pro, at=now)
    assign_perm("use_product", people[2], pro)
    return people


# --- gates ----------------------------------------------------------------------------------------


def test_a_change_of_a_gate_that_takes_access_is_asked_with_numbers_and_done_when_confirmed(
    access_editor, gate, pro, basic, readers, gated_article
):
    url, row = f"{GATES}/edit/{gate.pk}/", {"id": gate.rules.get().pk, "after_days": 0}
    data = gate_data({**row, "product": basic.pk}, initial=1)
    client = signed_in(access_editor)

    asked = body(client.post(url, data))

    assert "3 members lose access" in asked
    assert gate.rules.get().product == pro
    assert all(has_access(person, gated_article) for person in readers)
    response = client.post(url, {**data, "confirmed": token_in(asked)})
    assert response.status_code == 302
    assert gate.rules.get().product == basic
    assert not any(has_access(person, gated_article) for person in readers)


@pytest.mark.parametrize("wrong", ["", "0" * 64, "another form", "another person", "later"])
def test_only_the_answer_to_this_question_counts(
    access_editor, olivia, gate, pro, basic, readers, now, wrong
):
    url, row = f"{GATES}/edit/{gate.pk}/", {"id": gate.rules.get().pk, "after_days": 0}
    data = gate_data({**row, "product": basic.pk}, initial=1)
    client = signed_in(access_editor)
    token = wrong
    if wrong == "another form":
        token = token_in(body(client.post(url, {**data, "without_access": "login"})))
    elif wrong == "another person":
        token = token_in(body(signed_in(olivia).post(url, data)))
    elif wrong == "later":
        token = token_in(body(client.post(url, data)))
        give(make_user("late"), pro, at=now)

    asked = body(client.post(url, {**data, "confirmed": token}))

    assert token_in(asked) not in ("", token)
    assert gate.rules.get().product == pro


def test_a_change_that_takes_nothing_is_done_at_once(access_editor, gate, pro, basic, readers):
    url, row = f"{GATES}/edit/{gate.pk}/", {"id": gate.rules.get().pk, "product": pro.pk}
    more = {"product": basic.pk, "after_days": 0}

    response = signed_in(access_editor).post(
        url, gate_data({**row, "after_days": 0}, more, initial=1, without_access="login")
    )

    assert response.status_code == 302
    assert gate.rules.count() == 2


def test_the_end_of_a_gate_says_what_it_makes_public_and_wants_that_back(access_editor, course, pro):
    gate = gate_page(course, pro)
    client, url = signed_in(access_editor), f"{GATES}/delete/{gate.pk}/"

    shown = body(client.get(url))
    refused = client.post(url)
    assert Gate.objects.exists()
    done = client.post(url, {"confirmed": token_in(body(refused))})

    assert "4 pages become public" in shown
    assert done.status_code == 302
    assert not Gate.objects.exists()


def test_a_page_that_becomes_public_meanwhile_is_said_again(access_editor, course, pro):
    gate = gate_page(course, pro)
    client, url = signed_in(access_editor), f"{GATES}/delete/{gate.pk}/"
    token = token_in(body(client.get(url)))
    course.add_child(instance=LessonPage(title="Another", slug="another"))

    again = body(client.post(url, {"confirmed": token}))

    assert "5 pages become public" in again
    assert Gate.objects.exists()


def test_a_new_gate_on_a_type_counts_those_who_had_its_pages(access_editor, course, pro, basic, readers):
    gate = Gate.objects.create(
        kind="page_type", page_type=ContentType.objects.get(app_label="wagtailcore", model="page")
    )
    EntitlementRule.objects.create(gate=gate, product=pro)
    kind = ContentType.objects.get_for_model(LessonPage)
    data = gate_data({"product": basic.pk, "after_days": 0}, kind="page_type", page_type=kind.pk)
    client = signed_in(access_editor)

    asked = body(client.post(f"{GATES}/new/", data))
    assert Gate.objects.count() == 1
    client.post(f"{GATES}/new/", {**data, "confirmed": token_in(asked)})

    assert "3 members lose access" in asked
    assert Gate.objects.filter(page_type=kind).exists()


# --- what products open ---------------------------------------------------------------------------


def test_a_rule_that_is_taken_from_a_product_is_asked(head, gate, pro, basic, readers):
    EntitlementRule.objects.create(gate=gate, product=basic)
    rule = EntitlementRule.objects.get(product=pro)
    row = {"id": rule.pk, "gate": gate.pk, "after_days": 0, "DELETE": "on"}
    url, data = f"{PRODUCTS}/edit/{pro.pk}/", product_data(pro, row, initial=1)
    client = signed_in(head)

    asked = body(client.post(url, data))
    assert EntitlementRule.objects.filter(pk=rule.pk).exists()
    response = client.post(url, {**data, "confirmed": token_in(asked)})

    assert "3 members lose access" in asked
    assert response.status_code == 302
    assert not EntitlementRule.objects.filter(pk=rule.pk).exists()


def test_more_days_to_wait_are_asked_and_nothing_of_the_form_is_saved_before(head, gate, pro, readers):
    """Two have held it for no day; what was given by hand does not wait."""
    rule = EntitlementRule.objects.get(product=pro)
    row = {"id": rule.pk, "gate": gate.pk, "after_days": 9}
    url = f"{PRODUCTS}/edit/{pro.pk}/"
    data = product_data(pro, row, initial=1, name="Renamed")

    asked = body(signed_in(head).post(url, data))

    assert "2 members lose access" in asked
    assert 'value="Renamed"' in asked
    assert LicenseProduct.objects.get(pk=pro.pk).name == "Pro"
    assert EntitlementRule.objects.get().after_days == 0
    post_and_confirm(signed_in(head), url, data)
    assert LicenseProduct.objects.get(pk=pro.pk).name == "Renamed"


def test_other_changes_of_a_product_are_done_at_once(head, gate, pro, readers):
    rule = EntitlementRule.objects.get(product=pro)
    row = {"id": rule.pk, "gate": gate.pk, "after_days": 0}

    response = signed_in(head).post(
        f"{PRODUCTS}/edit/{pro.pk}/", product_data(pro, row, initial=1, name="Renamed")
    )

    assert response.status_code == 302
    assert LicenseProduct.objects.get(pk=pro.pk).name == "Renamed"


def test_a_product_that_was_only_given_by_hand_is_deleted_when_confirmed(head, gate, charlie):
    press = make_product("Press")
    EntitlementRule.objects.create(gate=gate, product=press)
    assign_perm("use_product", charlie, press)
    client, url = signed_in(head), f"{PRODUCTS}/delete/{press.pk}/"

    shown = body(client.get(url))
    client.post(url)
    assert LicenseProduct.objects.filter(pk=press.pk).exists()
    client.post(url, {"confirmed": token_in(shown)})

    assert "1 member loses access" in shown
    assert not LicenseProduct.objects.filter(pk=press.pk).exists()
