"""Leave the sending of a file to the web server: ``X-Accel-Redirect``, which nginx and Caddy know."""

import os
from pathlib import Path
from urllib.parse import quote

from ...conf import conf

HEADER = "X-Accel-Redirect"


def internal_address(path: str) -> str | None:
    """Return the address under which the web server sends the file at ``path``, or None.

    None where the file lies in none of the folders of the setting, even if only through a link in
    them. Every byte that is not plain is percent-encoded, so that no name leads anywhere else.
    """
    real = Path(path).resolve()
    for prefix, folder in conf.sendfile_locations.items():
        try:
            inside = real.relative_to(Path(folder).resolve())
        except ValueError:
            continue
        return prefix + quote(os.fsencode(inside))
    return None
