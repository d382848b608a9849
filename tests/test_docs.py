"""What a site can rely on has a heading in docs/reference/, and no heading describes what is gone.

Everything is discovered from the code: a new setting, check, reason code, command or signal
fails here until it is documented.
"""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wagtail_licensing"
REFERENCE = ROOT / "docs" / "reference"

HEADING = re.compile(r"^#{2,4} +(.+?)\s*$", re.MULTILINE)


# --- what the code has --------------------------------------------------------------------------


def setting_names(source: str) -> set[str]:
    """Names that conf.py reads: the first argument of every `self._get("NAME", default)`."""
    return {
        f"WAGTAIL_LICENSING_{node.args[0].value}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_get"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def settings() -> set[str]:
    return setting_names((PACKAGE / "conf.py").read_text())


def check_ids() -> set[str]:
    source = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    return set(re.findall(r"wagtail_licensing\.[EWI]\d{3}", source))


def reason_codes() -> set[str]:
    from wagtail_licensing.domain.access import AccessReason

    return {reason.value for reason in AccessReason}


def commands() -> set[str]:
    folder = PACKAGE / "management" / "commands"
    return {path.stem for path in folder.glob("[!_]*.py")}


def signals() -> set[str]:
    from wagtail_licensing import signals as module

    return set(module.__all__)


# --- what the pages have ------------------------------------------------------------------------


def headings_in(text: str) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [heading.replace("`", "") for heading in HEADING.findall(without_code)]


def documented(page: str) -> list[str]:
    path = REFERENCE / page
    return headings_in(path.read_text()) if path.exists() else []


PAGES = {
    "settings.md": settings,
    "checks.md": check_ids,
    "access-and-reasons.md": reason_codes,
    "commands.md": commands,
    "signals.md": signals,
}

#: How a heading on each page starts when it stands for one of the names.
NAMES = {
    "settings.md": r"WAGTAIL_LICENSING_\w+",
    "checks.md": r"wagtail_licensing\.[EWI]\d{3}",
    "access-and-reasons.md": r"[a-z]+(_[a-z]+)*(?= *$)",
    "commands.md": r"licensing_\w+",
    "signals.md": r"(account|license|access|gate|seat|stripe|history|mail|certificate)_\w+",
}


def names_on(page: str) -> list[str]:
    return [match[0] for heading in documented(page) if (match := re.match(NAMES[page], heading))]


@pytest.mark.parametrize("page", PAGES)
def test_everything_a_site_relies_on_has_a_heading(page: str) -> None:
    missing = PAGES[page]() - set(names_on(page))

    assert not missing, f"docs/reference/{page} lacks a heading for: {sorted(missing)}"


@pytest.mark.parametrize("page", PAGES)
def test_no_heading_describes_what_does_not_exist(page: str) -> None:
    stale = set(names_on(page)) - PAGES[page]()

    assert not stale, f"docs/reference/{page} describes what the code does not have: {sorted(stale)}"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_described_twice(page: str) -> None:
    names = names_on(page)

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("page", PAGES)
def test_a_heading_is_followed_by_words(page: str) -> None:
    path = REFERENCE / page
    text = path.read_text() if path.exists() else ""
    empty = re.findall(r"^(#{2,4} .+)\n+(?=#|\Z)", text, re.MULTILINE)
    groups = {name for name in empty if not re.match(r"#+ `?" + NAMES[page], name)}

    assert not set(empty) - groups, f"Nothing is said under: {empty}"


def test_the_signal_names_pattern_covers_every_signal() -> None:
    assert {name for name in signals() if not re.match(NAMES["signals.md"], name)} == set()


# --- links --------------------------------------------------------------------------------------


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        if "_build" in page.parts:
            continue
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s#]+)", page.read_text()):
            if not (page.parent / link).exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")

    assert not broken


# --- controls -----------------------------------------------------------------------------------


def test_discovery_sees_a_new_setting() -> None:
    assert setting_names('x = self._get("ONE", 1)\ny = self.other("TWO")') == {"WAGTAIL_LICENSING_ONE"}


def test_discovery_finds_what_is_known_to_exist() -> None:
    assert "WAGTAIL_LICENSING_STRIPE_SECRET_KEY" in settings()
    assert {"license", "license_required"} <= reason_codes()
    assert {"license_issued", "access_denied"} <= signals()


def test_headings_in_code_blocks_do_not_count() -> None:
    assert headings_in("## `real`\n\n```bash\n## not one\n```\n### Second\n") == ["real", "Second"]


@pytest.mark.skipif(
    importlib.util.find_spec("wagtail_licensing.management") is None, reason="no command yet"
)
def test_every_command_starts_with_the_prefix() -> None:
    assert {name for name in commands() if not name.startswith("licensing_")} == set()
