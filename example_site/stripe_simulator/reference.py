"""Stripe's own descriptions of its API, read once from `reference/`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "reference"
API_VERSION = "2026-10-28.endive"


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def openapi() -> dict[str, Any]:
    spec: dict[str, Any] = read(f"schema/openapi-subset-{API_VERSION}.json")
    return spec


@cache
def event_types() -> frozenset[str]:
    return frozenset(read("schema/event-types-snapshot.json"))


@cache
def fixture(kind: str) -> dict[str, Any]:
    shape: dict[str, Any] = read(f"fixtures/{kind}.json")
    return shape


@cache
def object_schema(kind: str) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = openapi()["components"]["schemas"].get(kind)
    return schema
