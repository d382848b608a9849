"""Lists of members, from a spreadsheet to licenses: read, checked, brought in, and taken back.

Nothing is written before somebody has seen what would happen; batches are all or nothing; whatever
stops it, the next run goes on where the last batch ended.
"""

from .advance import advance, unfinished
from .describe import begin_check, begin_import, begin_undo, describe, product_values
from .purge import purge_rows
from .read import BadImportFile
from .upload import upload

__all__ = [
    "BadImportFile",
    "advance",
    "begin_check",
    "begin_import",
    "begin_undo",
    "describe",
    "product_values",
    "purge_rows",
    "unfinished",
    "upload",
]
