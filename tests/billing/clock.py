"""The clock of a site that follows the simulator, for WAGTAIL_LICENSING_CLOCK."""

import datetime as dt

simulator = None


def now() -> dt.datetime:
    """The instant on the simulator's clock while one runs, else the wall clock."""
    if simulator is None:
        return dt.datetime.now(dt.UTC)
    return dt.datetime.fromtimestamp(simulator.now, dt.UTC)
