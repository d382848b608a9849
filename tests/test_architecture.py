"""The shape of the code base, held by tests: who may import whom, how long a module may be, how
things are named, and that no secret and no fixed page model slips in."""

import ast
import math
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("wagtail_licensing", "example_site")

LONGEST_MODULE = 300
DRAWERS = {"utils", "util", "helpers", "common", "misc", "constants", "services", "tools"}


def python_files(*, root: Path = ROOT, folders: tuple[str, ...] = PACKAGES) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def migration_files() -> list[Path]:
    return [
        path
        for path in python_files(folders=(*PACKAGES, "tests"))
        if path.parent.name == "migrations" and path.name != "__init__.py"
    ]


# --- import contracts ---------------------------------------------------------------------------


def check_contracts(root: Path, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run every contract on the tree below `root`.

    A process of its own: import-linter resolves packages through `sys.modules`, where the real
    ones already are, and its entry point reconfigures logging for the process that calls it.
    """
    script = (
        "import os, sys\n"
        "root, config = sys.argv[1:]\n"
        "sys.path.insert(0, root)\n"
        "from importlinter.cli import lint_imports\n"
        "sys.exit(lint_imports(config_filename=config, no_cache=True, no_logo=True))\n"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", script, str(root), str(root / "pyproject.toml")],
        cwd=cwd,
        env={"COLUMNS": "300", "PATH": "", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def copy_tree(target: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", target)
    for source in python_files():
        copy = target / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    for contract in contracts():
        for place in places_of(contract):
            module = target.joinpath(*place.split("."))
            if not module.exists() and not module.with_suffix(".py").exists():
                module.mkdir(parents=True)
                (module / "__init__.py").touch()
        if contract["type"] == "protected":
            # import-linter knows a foreign package only when something imports it.
            door = target.joinpath(*contract["allowed_importers"][0].split("."))
            door = door / "__init__.py" if door.is_dir() else door.with_suffix(".py")
            with door.open("a") as source:
                source.writelines(f"\nimport {name}\n" for name in contract["protected_modules"])
    return target


def contracts() -> list[dict]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return config["tool"]["importlinter"]["contracts"]


def places_of(contract: dict) -> set[str]:
    """The modules of ours that a contract names; one that nobody has built is empty in a copy."""
    places = {
        f"wagtail_licensing.{name.strip(' ()')}"
        for layer in contract.get("layers", [])
        for name in layer.split("|")
    }
    for key in ("source_modules", "forbidden_modules", "allowed_importers"):
        places |= {name for name in contract.get(key, []) if name.startswith(PACKAGES)}
    return places - set(PACKAGES)


INWARDS = "Imports point inwards"

BREACHES = {
    "the domain uses Django": (
        "wagtail_licensing/domain/breach.py",
        "from django.utils import timezone\n",
        "The domain is pure Python",
    ),
    "the domain looks at the models": (
        "wagtail_licensing/domain/breach.py",
        "from wagtail_licensing import models\n",
        INWARDS,
    ),
    "licenses call Stripe": (
        "wagtail_licensing/licenses/breach.py",
        "import stripe\n",
        "Only billing speaks to Stripe",
    ),
    "gates ask guardian": (
        "wagtail_licensing/gates/breach.py",
        "from guardian.shortcuts import get_perms\n",
        "Only grants speaks to guardian",
    ),
    "licenses queue a Celery task": (
        "wagtail_licensing/licenses/breach.py",
        "from celery import shared_task\n",
        "Only tasks speaks to Celery",
    ),
    "models call licenses inside a function": (
        "wagtail_licensing/models/breach.py",
        "def later():\n    from wagtail_licensing import licenses\n    return licenses\n",
        INWARDS,
    ),
    "one capability looks into another": (
        "wagtail_licensing/gates/breach.py",
        "from wagtail_licensing import billing\n",
        INWARDS,
    ),
    "billing calls the tasks above it": (
        "wagtail_licensing/billing/breach.py",
        "from wagtail_licensing import tasks\n",
        INWARDS,
    ),
    "writing a license asks for an access decision": (
        "wagtail_licensing/licenses/breach.py",
        "from wagtail_licensing import access\n",
        INWARDS,
    ),
    "a top-level module has no place in the layers": (
        "wagtail_licensing/breach.py",
        "",
        INWARDS,
    ),
    "the example site uses what is internal": (
        "example_site/breach.py",
        "from wagtail_licensing import licenses\n",
        "The example site lives from the public surface",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_layout_is_caught(breach: str, tmp_path: Path) -> None:
    module, source, contract = BREACHES[breach]
    copy_tree(tmp_path).joinpath(module).write_text(source)

    result = check_contracts(tmp_path, cwd=tmp_path)

    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if line.rstrip().endswith("BROKEN")]
    assert [line for line in broken if line.startswith(contract)], result.stdout


# --- size and names -----------------------------------------------------------------------------


def lines_that_count(source: str) -> int:
    return sum(1 for line in source.splitlines() if line.strip())


def test_no_module_is_longer_than_its_budget() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if path.parent.name != "migrations"
        and (lines := lines_that_count(path.read_text())) > LONGEST_MODULE
    }

    assert not too_long, f"Split by concept and re-export: {too_long}"


def test_blank_lines_do_not_count_against_the_budget() -> None:
    assert lines_that_count("first\n\n   \nsecond\n") == 2


def drawers_among(paths: list[Path]) -> list[str]:
    return [
        str(path)
        for path in paths
        if {part.removesuffix(".py").lower() for part in path.parts} & DRAWERS
    ]


def test_no_file_or_folder_is_a_drawer() -> None:
    paths = [path.relative_to(ROOT) for path in python_files(folders=(*PACKAGES, "tests"))]

    assert drawers_among(paths) == []


def test_a_drawer_would_be_found() -> None:
    paths = [Path("wagtail_licensing/gates/helpers.py"), Path("wagtail_licensing/services/x.py")]

    assert drawers_among([*paths, Path("wagtail_licensing/gates/pages.py")]) == [
        str(path) for path in paths
    ]


# --- secrets ------------------------------------------------------------------------------------

TEXT_FILES = {".py", ".toml", ".md", ".html", ".txt", ".json", ".yml", ".yaml", ".cfg", ".sh", ""}
FOLDERS_OF_OTHERS = {".git", "node_modules", "build", "dist", "_build"}
LIVE_KEY = re.compile(r"\b[sr]k_live_[0-9A-Za-z]{16,}")
WEBHOOK_SECRET = re.compile(r"\bwhsec_([0-9A-Za-z+/=]{24,})")


def bits_per_character(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def secrets_in(text: str) -> list[str]:
    """Live keys at all, and webhook secrets that look random rather than typed by hand."""
    found = LIVE_KEY.findall(text)
    for secret in WEBHOOK_SECRET.findall(text):
        if bits_per_character(secret) > 4 and re.search(r"[A-Z]", secret) and re.search(r"\d", secret):
            found.append(f"whsec_{secret}")
    return found


def project_files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if FOLDERS_OF_OTHERS & set(parts) or parts[0].startswith((".venv", ".demo")):
            continue
        if parts[0].startswith(".") and parts[0] not in {".ci", ".pre-commit-config.yaml"}:
            continue
        if path.suffix in TEXT_FILES and path.is_file():
            yield path


def test_no_file_holds_a_secret_that_looks_real() -> None:
    found = {}
    for path in project_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if secrets := secrets_in(text):
            found[str(path.relative_to(ROOT))] = [secret[:12] + "…" for secret in secrets]

    assert not found


def test_a_real_looking_secret_would_be_found_and_a_made_up_one_is_not() -> None:
    # Put together here, so that this file does not hold what it looks for.
    real_key = "sk_" + "live_" + "51Hb7GkLmN2pQrStUvWx"
    real_secret = "whsec" + "_" + "q8Zr2Vt5Yw1Xs4Kd7Lf0Mg3Nh6Pj9Qc"

    assert secrets_in(f'KEY = "{real_key}"') == [real_key]
    assert secrets_in(f'SECRET = "{real_secret}"') == [real_secret]
    assert secrets_in('"sk_live_..." "sk_test_demo" "whsec_test_the_current_secret_of_this_site"') == []


# --- the base page model is the site's choice ----------------------------------------------------


def fixed_page_models(source: str) -> list[int]:
    """Lines that name Wagtail's page model outright instead of asking swapper for the site's."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lower() == "wagtailcore.page"
    ]


def test_no_model_and_no_migration_of_the_package_fixes_the_page_model() -> None:
    fixed = {
        str(path.relative_to(ROOT)): lines
        for path in python_files(folders=("wagtail_licensing",))
        if (lines := fixed_page_models(path.read_text()))
    }

    assert not fixed, f"Use swapper.get_model_name('wagtailcore', 'Page'): {fixed}"


def test_migrations_with_page_keys_depend_on_the_swappable_model() -> None:
    for path in (ROOT / "wagtail_licensing" / "migrations").glob("0*.py"):
        source = path.read_text()
        if "get_model_name" in source:
            assert "swapper.dependency" in source, path.name


def test_a_fixed_page_model_would_be_found() -> None:
    assert fixed_page_models('migrations.swappable\nx = dict(to="wagtailcore.page")\n') == [2]
    assert fixed_page_models('swapper.get_model_name("wagtailcore", "Page")\n') == []
