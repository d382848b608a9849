"""What is uploaded: the wheel holds the package whole and nothing else, the sdist can be tested."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wagtail_licensing"
DATA_FOLDERS = {"templates", "static", "migrations", "locale"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    result = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> zipfile.ZipFile:
    (path,) = distributions.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(distributions: Path) -> set[str]:
    (path,) = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}


def source_files() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    assert source_files() - set(wheel.namelist()) == set()
    assert "wagtail_licensing/py.typed" in wheel.namelist()


@pytest.mark.parametrize("folder", sorted(DATA_FOLDERS))
def test_data_folders_travel_with_the_wheel(folder: str, wheel: zipfile.ZipFile) -> None:
    if not (PACKAGE / folder).exists():
        pytest.skip(f"there is no {folder} folder")

    assert [name for name in wheel.namelist() if name.startswith(f"wagtail_licensing/{folder}/")]


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/", 1)[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"wagtail_licensing"}
    assert [name for name in wheel.namelist() if re.search(r"fake|failpoint|/tests?/", name)] == []


def test_the_sdist_can_be_tested_and_read(sdist: set[str]) -> None:
    assert {
        "pyproject.toml",
        "Makefile",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        ".ci/run",
        "tests/settings.py",
        "docs/index.md",
        "example_site/__init__.py",
    } <= sdist
    assert [name for name in sdist if ".venv" in name or name.endswith(".sqlite3")] == []


def test_the_license_travels_with_the_wheel(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]

    assert b"Redistribution and use in source and binary forms" in wheel.read(name)


def test_only_stripe_has_an_upper_bound(wheel: zipfile.ZipFile) -> None:
    """An upper bound keeps a site from its security releases; Stripe's is part of the API pin."""
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    requirements = Parser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist", [])

    assert [line for line in requirements if re.search(r"<|==|~=", line.split(";")[0])] == [
        line for line in requirements if line.startswith("stripe")
    ]


def test_the_version_has_its_place_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    heading = "Unreleased" if ".dev" in version else version

    assert re.search(rf"^## {re.escape(heading)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M)
