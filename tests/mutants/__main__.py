"""``python -m tests.mutants [module ...]``: mutate modules, and report what no test notices.

``--map`` first writes which test goes through which line. The mutants that were judged are in
``accepted.txt``, each with its reason; the run fails on others that survive.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import zip_longest
from pathlib import Path

from .operators import Mutant, mutants_of
from .plugin import IMPORT, PACKAGE, ROOT, SEPARATOR, WARM, Known

MODULES = ("domain/access.py", "domain/facts.py", "access", "gates")
#: These reach what is mutated; the rest of the suite is of billing, the simulator and the like.
TESTS = [
    "tests/domain",
    "tests/access",
    "tests/gates",
    "tests/blocks",
    "tests/templatetags",
    "tests/courses",
    "tests/checks",
    "tests/wagtail_admin",
    "tests/portal",
    "tests/scanner",
    "tests/grants",
    "tests/canaries",
    "tests/test_backends.py",
    "tests/test_decorators.py",
    "tests/test_feeds.py",
    "tests/test_search.py",
    "tests/test_storages.py",
    "tests/test_query_budgets.py",
]
ACCEPTED = Path(__file__).parent / "accepted.txt"
#: How long the tests of one mutant may take in all, in seconds, and how many they may be.
SECONDS, TESTS_AT_MOST = 30.0, 150


def main() -> int:
    options = parsed()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    map_file = folder / "map.json"
    if options.map or not map_file.exists():
        # Tests that fail are left out of the map; anything else than failing ends the run.
        code = run_pytest(folder, ["--mutants-map", str(map_file), "-q", *(options.tests or TESTS)])
        if code > 1:
            return code
    names = [name for asked in options.modules or MODULES for name in files_of(asked)]
    result = Path(options.result) if options.result else folder / "result.txt"
    if not options.resume:
        result.unlink(missing_ok=True)
    run(names, Known.read(map_file), folder, result, options)
    return report(names, result)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="below wagtail_licensing/; files or folders")
    parser.add_argument("--map", action="store_true", help="look again which test goes where")
    parser.add_argument("--tests", nargs="*", help="the tests to look at; with --map")
    parser.add_argument("--folder", default=str(ROOT / ".mutants"), help="where results and the map are")
    parser.add_argument("--result", help="the file of results; result.txt in the folder")
    parser.add_argument("--resume", action="store_true", help="go on where the last run ended")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of tests for one mutant")
    parser.add_argument("--function", help="only mutants of functions whose names contain this")
    parser.add_argument("--imported", action="store_true", help="also what runs at import, seconds each")
    parser.add_argument("--survivors", help="only mutants that survived in this file of results")
    return parser.parse_args()


def files_of(asked: str) -> list[str]:
    """Return the modules that a file or a folder below the package names."""
    asked = asked.removeprefix("wagtail_licensing/")
    path = PACKAGE / asked
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(file.relative_to(PACKAGE)) for file in files]


def mutants_in(name: str) -> list[Mutant]:
    return mutants_of((PACKAGE / name).read_text(), name)


def accepted() -> dict[str, str]:
    """Return the mutants that were judged, with the reason."""
    found = {}
    for line in ACCEPTED.read_text().splitlines():
        if line and not line.startswith("#"):
            key, _, reason = line.partition("  # ")
            assert reason, f"no reason: {line}"
            found[key] = reason
    return found


def results(file: Path) -> dict[str, tuple[str, str]]:
    """Return what became of the mutants: the outcome, and who killed one or what was left out."""
    if not file.exists():
        return {}
    rows = [line.split(SEPARATOR) for line in file.read_text().splitlines()]
    return {key: (outcome, told) for outcome, key, told, _ in rows}


def run(names: list[str], known: Known, folder: Path, result: Path, options: argparse.Namespace) -> None:
    """Run the mutants of modules, and write what became of each."""
    skipped = {key for key, row in results(result).items() if row[0] != "import"} | set(accepted())
    only = results(Path(options.survivors)) if options.survivors else None
    shared = tempfile.mkdtemp(prefix="mutants-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    modules: dict[str, list[dict]] = {}
    at_import: list[tuple[str, dict]] = []
    for name in names:
        for index, mutant in enumerate(mutants_in(name)):
            if mutant.key in skipped or (options.function and options.function not in mutant.function):
                continue
            if only is not None and only.get(mutant.key, ("",))[0] not in {"survived", "uncovered"}:
                continue
            row = {"index": index, "key": mutant.key} | chosen(mutant, name, known, options.seconds)
            if not row["tests"]:
                write(result, "uncovered", mutant.key)
            elif mutant.in_function and not row["at_start"]:
                modules.setdefault(name, []).append(row)
            else:
                at_import.append((name, row))
                write(result, "import", mutant.key)
    try:
        if modules:
            plan = folder / "plan.json"
            plan.write_text(json.dumps({"folder": shared, "modules": modules}))
            tests = {test for rows in modules.values() for row in rows for test in row["tests"]}
            # Files and not tests: a test is chosen by its number of parameters, which are many.
            files = sorted({test.partition("::")[0] for test in tests} | {WARM})
            arguments = ["--mutants-plan", str(plan), "--mutants-result", str(result), "--reuse-db"]
            database = folder / "run.sqlite3"
            run_pytest(folder, [*arguments, "-q", *files], media=shared, database=database)
            by_key = {row["key"]: (name, row) for name, rows in modules.items() for row in rows}
            at_import += [
                by_key[key]
                for key, (outcome, _) in results(result).items()
                if outcome == "import" and key in by_key
            ]
        for name, row in at_import if options.imported else ():
            run_at_import(folder, shared, result, name, row)
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def chosen(mutant: Mutant, name: str, known: Known, most: float) -> dict:
    """Choose the tests that go through the lines of a mutant, the fastest first, ``most`` seconds."""
    lines = known.lines.get(name, {})
    found: set[str] = set()
    for first, last in (mutant.lines, mutant.statement):
        found = found.union(*(lines.get(line, ()) for line in range(first, last + 1)))
        if found:
            break
    at_start = not found
    if at_start:
        # It runs when the site starts, or never: whoever goes through any line of the module may notice.
        found = found.union(*lines.values())
    ordered = in_turn(found, known)
    tests, seconds = [], 0.0
    for test in ordered:
        # One that takes long does not stand in the way of those after it.
        if len(tests) < TESTS_AT_MOST and (not tests or seconds + known.seconds[test] <= most):
            seconds += known.seconds[test]
            tests.append(test)
    return {"tests": tests, "seconds": seconds, "left": len(ordered) - len(tests), "at_start": at_start}


def in_turn(tests: set[str], known: Known) -> list[str]:
    """Put tests in order: the fastest of each file, then the second of each; tests of one file are
    alike."""
    files: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda test: (known.seconds[test], test)):
        files.setdefault(test.partition("::")[0], []).append(test)
    rounds = zip_longest(*files.values())
    return [test for one in rounds for test in one if test is not None]


def run_at_import(folder: Path, shared: str, result: Path, name: str, row: dict) -> None:
    """Run a mutant of what a module does when it is imported, in a process of its own."""
    database = Path(shared) / "import.sqlite3"
    # All that fail in one: what is wrong at import is wrong from the first test on.
    arguments = ["-x", "-q", "--reuse-db", *row["tests"]]
    mutant = f"{name}:{row['index']}"
    code = run_pytest(folder, arguments, media=shared, database=database, mutant=mutant)
    write(
        result, "survived" if code == 0 else "killed", row["key"], row["left"] if code == 0 else "import"
    )


def write(result: Path, outcome: str, key: str, told: object = "") -> None:
    with result.open("a") as file:
        file.write(SEPARATOR.join([outcome, key, str(told), "0"]) + "\n")


def run_pytest(
    folder: Path,
    arguments: list[str],
    *,
    media: str = "",
    database: Path | None = None,
    mutant: str = "",
) -> int:
    """Run pytest with our plugin, in one process and in one order."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    if mutant:
        environment[IMPORT] = mutant
    if media:
        environment["WAGTAIL_LICENSING_TEST_MEDIA"] = str(Path(media) / "media")
    environment["WAGTAIL_LICENSING_TEST_SQLITE"] = str(
        database or Path(media or folder) / "mutants.sqlite3"
    )
    marks = "not (browser or services or deep or benchmark or race)"
    command = [sys.executable, "-m", "pytest", "-p", "tests.mutants.plugin", "-p", "no:randomly"]
    command += [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--no-cov",
        "--tb=no",
        "-m",
        marks,
        *arguments,
    ]
    out = subprocess.DEVNULL if mutant else None
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, stdout=out, stderr=out
    ).returncode


def report(names: list[str], result: Path) -> int:
    """Print what became of the mutants, and return 1 if one survived that nobody has judged."""
    found, judged = results(result), accepted()
    total: Counter[str] = Counter()
    new = []
    for name in names:
        keys = [mutant.key for mutant in mutants_in(name)]
        outcomes = {
            key: "accepted" if key in judged else found.get(key, ("not run", ""))[0] for key in keys
        }
        total.update(outcomes.values())
        new += [key for key, outcome in outcomes.items() if outcome in {"survived", "uncovered"}]
        say(name, Counter(outcomes.values()))
    for key in new:
        outcome, left = found[key]
        print(outcome.upper(), key, f"[{left} tests not run]" if left not in {"", "0"} else "")
    alive = {key for name in names for key in (mutant.key for mutant in mutants_in(name))}
    for key in judged:
        if key.partition(" ")[0] in names and key not in alive:
            print("STALE", key)
    say("All", total)
    return 1 if new else 0


def say(name: str, outcomes: Counter[str]) -> None:
    parts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    print(f"{name}: {outcomes.total()} mutants; {parts or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
