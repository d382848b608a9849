"""Every field of every model of the app is classified: what a person gets, and what is left of them.

A new model or field fails here until it has its place in ``wagtail_licensing/privacy/table``.
"""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from wagtail_licensing.privacy.classes import (
    BY_STRIPE_ID,
    ClassifiedTwice,
    Fate,
    Rows,
    deleted,
    kept,
    nobodys,
)
from wagtail_licensing.privacy.table import ROWS, TABLE

MODELS = {
    model.__name__: model
    for model in apps.get_app_config("wagtail_licensing").get_models(include_auto_created=True)
}

WHAT_TO_DO = """\
{name} is not classified for privacy: {missing}.
Write it into the row of the model in wagtail_licensing/privacy/table/ (a new model: a new row in the
module of its subject, or a new module that __init__.py names):
  nobodys("{name}", "id ...", why="...")            says nothing of a member; stays, is not exported
  deleted("{name}", person="user", exported="...", withheld={{"why": "id user"}})
                                                     the rows go when the account is erased
  kept("{name}", person="license__user", exported="...", withheld={{"why": "id"}},
       erased="...", pseudonymised="user", kept={{"why": "id ..."}})
                                                     the rows stay; each field is named twice
`person` is the look-up from a row to the user it is about. `exported` is what the person gets in
"export my data"; `pseudonymised` is for keys to the user, and for texts that may name them."""


def fields_of(model) -> set[str]:
    return {field.name for field in (*model._meta.local_fields, *model._meta.local_many_to_many)}


def explain(name: str, missing: set[str]) -> str:
    return WHAT_TO_DO.format(name=name, missing=", ".join(sorted(missing)))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_classified(name):
    classified = set(TABLE[name].fields) if name in TABLE else set()
    missing = fields_of(MODELS[name]) - classified
    assert not missing, explain(name, missing)


def test_nothing_is_classified_that_is_not_there():
    assert set(TABLE) - set(MODELS) == set()
    stale = {
        name: set(TABLE[name].fields) - fields_of(MODELS[name]) for name in set(TABLE) & set(MODELS)
    }
    assert {name: fields for name, fields in stale.items() if fields} == {}


def test_no_model_has_two_rows():
    assert len(ROWS) == len(TABLE)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_key_to_a_user_never_stays_as_it_is(name):
    """It goes with its row, or points at an account without a name."""
    row = TABLE[name]
    keys = {field.name for field in MODELS[name]._meta.local_fields if is_user_key(field)}
    assert [key for key in keys if row.fields[key].fate is Fate.KEPT] == []


@pytest.mark.parametrize("name", sorted(TABLE))
def test_rows_about_people_lead_to_the_person(name):
    row = TABLE[name]
    if row.rows is Rows.NOBODYS:
        assert row.person == ""
    elif row.person != BY_STRIPE_ID:
        assert leads_to(MODELS[name], row.person) is get_user_model()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_what_is_kept_or_held_back_has_a_reason(name):
    for field_name, field in TABLE[name].fields.items():
        if field.fate is Fate.KEPT:
            assert field.why_kept, f"{name}.{field_name} is kept: why?"
        if not field.exported:
            assert field.why_withheld, f"{name}.{field_name} is held back: why?"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_what_is_erased_in_a_row_that_stays_can_be_empty(name):
    """And nothing that is erased is what makes a row one of its kind: two emptied ones would clash."""
    row = TABLE[name]
    if row.rows is not Rows.KEPT:
        return
    for field in map(MODELS[name]._meta.get_field, row.names(Fate.ERASED)):
        text = isinstance(field, models.CharField | models.TextField)
        assert field.null or text or isinstance(field, models.JSONField), field
        assert not field.unique, field
    for field in map(MODELS[name]._meta.get_field, row.names(Fate.PSEUDONYMISED)):
        assert field.is_relation or isinstance(field, models.CharField | models.TextField), field


def is_user_key(field) -> bool:
    return field.is_relation and field.related_model is get_user_model()


def leads_to(model, lookup: str):
    for step in lookup.split("__"):
        model = model._meta.get_field(step).related_model
    return model


# --- the table itself ---------------------------------------------------------------------------


def test_a_new_field_would_be_noticed():
    row = nobodys("GateStamp", "id", why="a lock")
    missing = fields_of(MODELS["GateStamp"]) - set(row.fields)
    assert missing == {"version"}
    message = explain("GateStamp", missing)
    assert "GateStamp is not classified for privacy: version" in message
    assert "wagtail_licensing/privacy/table/" in message


def test_a_way_that_leads_nowhere_would_be_noticed():
    with pytest.raises(FieldDoesNotExist):
        leads_to(MODELS["License"], "holder")


def test_a_field_is_named_once():
    with pytest.raises(ClassifiedTwice, match="id twice"):
        nobodys("X", "id name id", why="none")
    with pytest.raises(ClassifiedTwice, match="id twice"):
        deleted("X", person="user", exported="id", withheld={"a number": "id"})


def test_half_a_word_is_not_enough():
    with pytest.raises(ClassifiedTwice, match="only half is said of name"):
        kept("X", person="user", exported="id name", kept={"books": "id"})
