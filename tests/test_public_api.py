"""The public surface is a list that is checked in: it grows by a decision, never by accident.

After a change that is meant: `python -m tests.test_public_api > tests/public_api.txt`.
"""

import importlib
import pkgutil
from pathlib import Path

import wagtail_licensing

LIST = Path(__file__).with_name("public_api.txt")
PACKAGE = Path(wagtail_licensing.__file__).parent

#: Modules from which a site imports. Every other module is an entry point or internal.
PUBLIC = {
    "access",
    "blocks",
    "decorators",
    "feeds",
    "links",
    "middleware",
    "models",
    "panels",
    "search",
    "signals",
    "storages",
    "testing",
}


def public_modules() -> list[str]:
    existing = {module.name for module in pkgutil.iter_modules([str(PACKAGE)])}
    return sorted(PUBLIC & existing)


def public_names() -> list[str]:
    return sorted(
        f"wagtail_licensing.{module}.{name}"
        for module in public_modules()
        for name in importlib.import_module(f"wagtail_licensing.{module}").__all__
    )


def test_the_public_surface_is_the_one_that_is_checked_in() -> None:
    listed = LIST.read_text().split()

    assert public_names() == listed


def test_every_public_module_says_what_it_offers() -> None:
    silent = [
        module
        for module in public_modules()
        if not getattr(importlib.import_module(f"wagtail_licensing.{module}"), "__all__", None)
    ]

    assert silent == []


def test_everything_offered_exists() -> None:
    for name in public_names():
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print("\n".join(public_names()))  # noqa: T201 - this is how the list is made
