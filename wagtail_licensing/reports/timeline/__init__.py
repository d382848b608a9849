"""Everything that is known about a license, or about a person, as one line after the other.

What is written in other tables is read where it is: nothing is copied, and no row is added for a page
that somebody opens. Several queries side by side give the newest lines of each table; merged, they
are one page. What comes after a page is found by a cursor, so that the last page costs what the first
one does.
"""

from .merge import Cursor, Line, lines_after
from .scope import Scope, scope_of_license, scope_of_person
from .sources import ACCOUNT_ACTIONS, EVIDENCE_EXPORTED, SOURCES, LineKind, Source

__all__ = [
    "ACCOUNT_ACTIONS",
    "EVIDENCE_EXPORTED",
    "SOURCES",
    "Cursor",
    "Line",
    "LineKind",
    "Scope",
    "Source",
    "lines_after",
    "scope_of_license",
    "scope_of_person",
]
