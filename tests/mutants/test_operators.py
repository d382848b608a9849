"""The mutants: which there are, and that a changed function is really the one that runs."""

import gc
from pathlib import Path

from .operators import mutants_of
from .plugin import PACKAGE, changes_between, functions_of

SOURCE = '''
"""A module."""


def opens(person, gate, at, queryset):
    """Open."""
    if person.active and gate.until <= at:
        return queryset.filter(live=True, gate=gate)
    with gate.lock():
        response["Cache-Control"] = "no-store"
    return None
'''


def keys(source: str = SOURCE) -> set[str]:
    return {mutant.key.partition(": ")[2] for mutant in mutants_of(source, "gates/some.py")}


def test_every_way_to_open_is_tried() -> None:
    assert keys() == {
        "person.active and gate.until <= at -> True",
        "person.active and gate.until <= at -> False",
        "person.active and gate.until <= at -> person.active",
        "person.active and gate.until <= at -> gate.until <= at",
        "gate.until <= at -> gate.until < at",
        "queryset.filter(live=True, gate=gate) -> None",
        "queryset.filter(live=True, gate=gate) -> queryset",
        "queryset.filter(live=True, gate=gate) -> queryset.filter(live=True)",
        "queryset.filter(live=True, gate=gate) -> queryset.filter(gate=gate)",
        "True -> False",
        "with gate.lock() -> no with",
        "response['Cache-Control'] = 'no-store' -> pass",
    }


def test_a_key_outlives_lines_above_it() -> None:
    assert keys("\n\nimport this\n" + SOURCE) == keys()


def test_the_same_change_twice_has_two_keys() -> None:
    source = "def first():\n    return opens() and opens()\n"
    assert "opens() and opens() -> opens() (2)" in keys(source)


def test_each_mutant_is_another_module() -> None:
    source = (PACKAGE / "gates/pages.py").read_text()
    usual = compile(source, "pages.py", "exec")
    mutants = mutants_of(source, "gates/pages.py")
    assert len({mutant.key for mutant in mutants}) == len(mutants) > 50
    assert all(mutant.code(source, "pages.py") != usual for mutant in mutants)


def test_a_function_that_is_imported_elsewhere_runs_the_change(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    source = "def outer(limit):\n    def inner(at):\n        return at < limit\n    return inner\n"
    module: dict = {}
    usual = compile(source, str(path), "exec")
    exec(usual, module)
    already = module["outer"](5)
    assert already(4)
    assert not already(5)
    gc.collect()
    functions = functions_of(tmp_path)[str(path)]
    mutant = next(one for one in mutants_of(source, "some.py") if "at <= limit" in one.key)
    for function, code in changes_between(usual, mutant.code(source, str(path)), functions) or ():
        function.__code__ = code
    assert already(5)
    assert module["outer"](5)(5)


def test_what_runs_at_import_is_told_apart() -> None:
    source = "LIMITS = {'a', 'b'}\n"
    usual = compile(source, "some.py", "exec")
    mutant = mutants_of(source, "some.py")[0]
    assert not mutant.in_function
    assert changes_between(usual, mutant.code(source, "some.py"), {}) is None
