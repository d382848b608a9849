"""The demo's data: a small believable business, the same every time.

:func:`run` fills an empty database and an empty simulator. Only public names of the package are
used, so the seed is an example too.
"""

from collections.abc import Callable

from ..data_dir import read_json, write_json

MARKER = "seeded.json"
VERSION = 4


def is_done() -> bool:
    """Tell whether the data folder holds a complete seed of this version."""
    return read_json(MARKER).get("version") == VERSION


def run(report: Callable[[str], None]) -> None:
    """Seed everything; ``report`` is called with a line for each step.

    The simulator has to answer, and to know nothing yet. Raises what goes wrong; a seed that did
    not end leaves no marker, so that the next start begins afresh.
    """
    from .. import tour_notes
    from . import catalog, content, gates, people, progress, study, timeline

    report("products and their prices at the simulated Stripe")
    products = catalog.create()
    report("articles, a course, downloads")
    pages = content.create()
    gates.create(products, pages)
    report("people")
    cast = people.create()
    report("fourteen months of subscriptions")
    timeline.play(products, cast)
    study.create(pages)
    progress.create(pages, cast)
    tour_notes.take_note(tour_notes.SEEDED)
    write_json(MARKER, {"version": VERSION})
