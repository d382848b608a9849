"""What front ends rely on, in one line for each address, answer and field.

``python -m tests.api.contract > tests/api/contract.txt`` after a deliberate change: the diff is what
front ends notice.
"""

import sys
from collections.abc import Iterator
from typing import Any

ROOT = "/licensing/api/v1/"


def document() -> dict[str, Any]:
    from wagtail_licensing.api.endpoints import api

    return dict(api.get_openapi_schema(path_prefix=ROOT))


def operations(spec) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path.removeprefix(ROOT), operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[-1]
    for several in ("anyOf", "allOf"):
        if several in schema:
            return " | ".join(type_of(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"[{type_of(schema['items'])}]"
    return " ".join(filter(None, [schema.get("type", ""), schema.get("format", "")])) or "any"


def contract() -> list[str]:
    spec = document()
    lines = []
    for method, path, operation in operations(spec):
        names = [
            f"{row['in']} {row['name']}: {type_of(row['schema'])}"
            for row in operation.get("parameters", [])
        ]
        lines.append(f"{method} {path}({', '.join(names)})")
        for status, answer in operation["responses"].items():
            lines.append(f"    {status} {type_of(answer['content']['application/json']['schema'])}")
    for name, schema in sorted(spec["components"]["schemas"].items()):
        if "enum" in schema:
            lines.append(f"{name} = {' '.join(schema['enum'])}")
            continue
        lines.append(name)
        required = schema.get("required", [])
        lines += [
            f"    {field}{'' if field in required else '?'}: {type_of(value)}"
            for field, value in schema["properties"].items()
        ]
    return lines


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.stdout.write("\n".join([*contract(), ""]))
