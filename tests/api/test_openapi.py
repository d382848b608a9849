"""The OpenAPI document: it describes what is answered, and front ends can rely on its shape."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from tests.api.contract import ROOT, contract, document, operations, references
from tests.conftest import gate_page, give

CONTRACT = Path(__file__).parent / "contract.txt"


def test_the_contract_with_front_ends_is_as_written_down():
    assert contract() == CONTRACT.read_text().splitlines()


def test_the_document_holds_together():
    spec = document()
    assert spec["openapi"].startswith("3.")
    assert {"title", "version"} <= set(spec["info"])
    for reference in references(spec):
        node: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = [operation["operationId"] for _, _, operation in operations(spec)]
    assert sorted(ids) == sorted(set(ids))
    assert all(operation["summary"] and operation["security"] for _, _, operation in operations(spec))


@pytest.mark.django_db
def test_the_document_is_served_and_names_no_secret(client):
    answer = client.get(f"{ROOT}openapi.json")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == document()["paths"].keys()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["me", "licenses", "access?page={page}", "courses", "downloads"])
def test_answers_are_what_the_document_says(client, alice, charlie, pro, monthly, course, now, path):
    gate_page(course, pro, after_days=1)
    give(alice, pro, at=now)
    spec = document()
    operation = spec["paths"][ROOT + path.split("?")[0]]["get"]
    schema = operation["responses"][200]["content"]["application/json"]["schema"]
    for user in (alice, charlie):
        client.force_login(user)
        body = client.get(ROOT + path.format(page=course.pk)).json()
        whole = {**schema, "components": spec["components"]}
        jsonschema.validate(body, whole, cls=Draft202012Validator)
