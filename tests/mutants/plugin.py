"""The pytest plugin that does the work: which test goes through which line, and one fork a mutant.

The database is built once and copied for each mutant; a function is changed where it is, by its code
object, so that hooks, signals and names imported elsewhere see the change. What runs at import
(decorators, constants, default values) is changed by a process of its own, with the database that
is there.
"""

import gc
import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import hypothesis
import pytest

from .operators import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "wagtail_licensing"
SEPARATOR = "\t"
#: What a fork says of which the driver is to blame.
BROKEN = "broken: "
#: The first test of this file needs the database and nothing else.
WARM = "tests/test_suite.py"
Functions = dict[tuple[str, int], list[FunctionType]]
#: "module:index" of a mutant with which a module is to be imported.
IMPORT = "WAGTAIL_LICENSING_TEST_MUTANT"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mutants")
    group.addoption("--mutants-map", metavar="FILE", help="write which test goes through which line")
    group.addoption(
        "--mutants-plan", metavar="FILE", help="what to run, written by `python -m tests.mutants`"
    )
    group.addoption("--mutants-result", metavar="FILE", help="a line is added for each mutant")


def pytest_configure(config: pytest.Config) -> None:
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=phases
    )
    hypothesis.settings.load_profile("mutants")
    if target := config.getoption("mutants_map"):
        config.pluginmanager.register(Mapping(Path(target)))
    if plan := config.getoption("mutants_plan"):
        result = Path(config.getoption("mutants_result"))
        config.pluginmanager.register(Running(json.loads(Path(plan).read_text()), result))


def import_changed(path: Path, mutant: Mutant) -> None:
    """Let a module be imported with a change."""
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == str(path):
            return mutant.code(path.read_text(), str(path))
        return usual(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


# Before pytest-django imports the site.
if asked := os.environ.get(IMPORT):
    asked_name, asked_index = asked.rsplit(":", 1)
    import_changed(
        PACKAGE / asked_name,
        mutants_of((PACKAGE / asked_name).read_text(), asked_name)[int(asked_index)],
    )


class Known:
    """What is known of the tests: their seconds, and by file and line those that run it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[int, set[str]]] = {}

    @classmethod
    def read(cls, path: Path) -> "Known":
        known = cls()
        if not path.exists():
            return known
        data = json.loads(path.read_text())
        known.seconds = data["seconds"]
        tests = list(known.seconds)
        for file, lines in data["lines"].items():
            known.lines[file] = {
                int(line): {tests[at] for at in numbers} for line, numbers in lines.items()
            }
        return known

    def forget(self, tests: Iterable[str]) -> None:
        gone = set(tests)
        self.seconds = {test: seconds for test, seconds in self.seconds.items() if test not in gone}
        for lines in self.lines.values():
            for found in lines.values():
                found -= gone

    def write(self, path: Path) -> None:
        number = {test: at for at, test in enumerate(self.seconds)}
        lines = {
            file: {line: sorted(number[test] for test in tests) for line, tests in found.items()}
            for file, found in self.lines.items()
        }
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines}))


class Mapping:
    """Notes for each line of the package the tests that run it, and how long each test takes."""

    def __init__(self, target: Path) -> None:
        import coverage

        self.target = target
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.coverage = coverage.Coverage(
            data_file=str(target) + ".coverage", source=[str(PACKAGE)], config_file=False
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        self.coverage.start()
        try:
            return (yield)
        finally:
            self.coverage.stop()
            self.coverage.save()
            self.write()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        forget()
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed or report.skipped:
            self.failed.add(report.nodeid)

    def write(self) -> None:
        """Write what was found, beside what is known of other tests."""
        known = Known.read(self.target)
        known.forget(self.seconds)
        for name, seconds in self.seconds.items():
            if name not in self.failed:
                known.seconds[name] = round(seconds, 3)
        data = self.coverage.get_data()
        for file in data.measured_files():
            lines = known.lines.setdefault(str(Path(file).relative_to(PACKAGE)), {})
            for line, names in data.contexts_by_lineno(file).items():
                lines.setdefault(line, set()).update(known.seconds.keys() & set(names))
        known.write(self.target)


def forget() -> None:
    """Let each test go through what a process does only once: queries are written then, and kept."""
    from wagtail_licensing.access import freshness, prepared

    prepared._written.clear()
    freshness.forget()


class Nothing:
    """What comes after each test: nothing that shares a module with it, and the session goes on."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        """Return what is not to be torn down."""
        return [self.session]


class Running:
    """Runs the mutants of a plan, each in a fork that has the database and all modules already."""

    def __init__(self, plan: dict[str, Any], result: Path) -> None:
        self.plan = plan
        self.result = result
        self.folder = Path(plan["folder"])
        self.failed: list[str] = []
        self.reliable: dict[str, bool] = {}
        self.killers: dict[tuple[str, str], list[str]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self.nothing = Nothing(session)
        self.config = session.config
        self.hook = session.config.hook
        self.build_database(session)
        self.functions = functions_of(PACKAGE)
        gc.collect()
        gc.freeze()
        for name, rows in self.plan["modules"].items():
            self.run_module(name, rows)
        return True

    def build_database(self, session: pytest.Session) -> None:
        """Run a test that needs the database, and keep what the whole session shares."""
        # One that asks no gate: what a process remembers of them belongs to the mutants.
        warm = next(item for item in session.items if item.nodeid.startswith(WARM))
        self.hook.pytest_runtest_protocol(item=warm, nextitem=self.nothing)
        assert not self.failed, "the first test fails"
        self.closed()

    def closed(self) -> Path:
        """Close the database for what forks, and return its file."""
        from django.db import connections

        connections.close_all()
        return Path(connections["default"].settings_dict["NAME"])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def run_module(self, name: str, rows: list[dict[str, Any]]) -> None:
        path = PACKAGE / name
        source = path.read_text()
        mutants = mutants_of(source, name)
        functions = self.functions.get(str(path), {})
        original = compile(source, str(path), "exec")
        for row in rows:
            mutant = mutants[row["index"]]
            assert mutant.key == row["key"]
            changes = changes_between(original, mutant.code(source, str(path)), functions)
            if changes is None:
                self.write(row, "import", "")
                continue
            tests = self.in_order(name, mutant.function, row["tests"])
            killer, seconds = self.fork(tests, changes, row["seconds"])
            if killer and not self.is_reliable(killer):
                tests = [test for test in tests if self.reliable.get(test, True)]
                killer, seconds = self.fork(tests, changes, row["seconds"])
            if killer in self.items:
                known = self.killers.setdefault((name, mutant.function), [])
                known.insert(0, killer)
            self.write(row, "killed" if killer else "survived", killer or row["left"], seconds)

    def in_order(self, name: str, function: str, tests: list[str]) -> list[str]:
        """Put first what has killed another mutant of the same function."""
        known = dict.fromkeys(self.killers.get((name, function), ()))
        chosen = [test for test in tests if test in self.items]
        return [test for test in known if test in chosen] + [
            test for test in chosen if test not in known
        ]

    def is_reliable(self, test: str) -> bool:
        """Tell whether a test passes alone when nothing is changed."""
        if test in {"time", "crash"}:
            return True
        if test not in self.reliable:
            killer, _ = self.fork([test], [], 5)
            self.reliable[test] = not killer
        return self.reliable[test]

    def fork(
        self, tests: list[str], changes: list[tuple[FunctionType, CodeType]], expected: float
    ) -> tuple[str, float]:
        """Run tests in a fork, and return the one that fails, or "time", or nothing."""
        database = self.closed()
        place = self.folder / "one"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        told, telling = os.pipe()
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            try:
                os.close(told)
                os.setsid()
                silent = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(silent, stream)
                self.in_child(database, place, tests, changes, telling)
            except BaseException as error:  # noqa: BLE001 - told to the process that waits
                os.write(telling, f"{BROKEN}{error!r}\n".encode())
            finally:
                os._exit(0)
        os.close(telling)
        killer = self.wait(child, told, started + 20 + 6 * expected)
        os.close(told)
        return killer, time.monotonic() - started

    def wait(self, child: int, told: int, until: float) -> str:
        import select

        answer = b""
        while True:
            ready, _, _ = select.select([told], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                answer = b"time"
                break
            part = os.read(told, 4096)
            if not part:
                break
            answer += part
            if answer.endswith(b"\n"):
                break
        # What the tests have started goes too.
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        text = answer.decode(errors="replace").strip()
        if text.startswith(BROKEN):
            # Nothing is learned from a run that did not take place.
            raise RuntimeError(text)
        return "" if text == "none" else text or "crash"

    def in_child(
        self,
        database: Path,
        place: Path,
        tests: list[str],
        changes: list[tuple[FunctionType, CodeType]],
        telling: int,
    ) -> None:
        from django.conf import settings
        from django.db import connections

        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        self.config.pluginmanager.unregister(reporter)
        copied = place / "test.sqlite3"
        shutil.copyfile(database, copied)
        connections["default"].settings_dict["NAME"] = str(copied)
        settings.MEDIA_ROOT = str(place / "media")
        for function, code in changes:
            function.__code__ = code
        forget()
        self.failed.clear()
        answer = "none"
        for test in tests:
            self.hook.pytest_runtest_protocol(item=self.items[test], nextitem=self.nothing)
            if self.failed:
                answer = test
                break
        os.write(telling, f"{answer}\n".encode())

    def write(self, row: dict[str, Any], outcome: str, told: object, seconds: float = 0.0) -> None:
        with self.result.open("a") as file:
            file.write(SEPARATOR.join([outcome, row["key"], str(told), f"{seconds:.2f}"]) + "\n")


def functions_of(folder: Path) -> dict[str, Functions]:
    """Return the functions that are there, by file, and there by qualified name and first line."""
    found: dict[str, Functions] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(folder)):
            code = thing.__code__
            of_file = found.setdefault(code.co_filename, {})
            of_file.setdefault((code.co_qualname, code.co_firstlineno), []).append(thing)
    return found


def codes_of(code: CodeType, *, inside: bool = False) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """Yield the code objects within one, by qualified name and first line."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from codes_of(constant)


def changes_between(
    before: CodeType, after: CodeType, functions: Functions
) -> list[tuple[FunctionType, CodeType]] | None:
    """Return which functions get which code; None if a change is not in one that can be given it."""
    usual: dict[tuple[str, int], list[CodeType]] = {}
    changed: dict[tuple[str, int], list[CodeType]] = {}
    for key, code in codes_of(before):
        usual.setdefault(key, []).append(code)
    for key, code in codes_of(after):
        changed.setdefault(key, []).append(code)
    found = []
    for key, codes in changed.items():
        if codes == usual.get(key):
            continue
        if len(codes) > 1:
            return None
        for function in functions.get(key, ()):
            if len(codes[0].co_freevars) != len(function.__code__.co_freevars):
                return None
            if codes[0].co_freevars != function.__code__.co_freevars:
                return None
            found.append((function, codes[0]))
    return found or None
