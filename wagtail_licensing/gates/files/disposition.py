"""Under which name a file is kept by who gets it: nothing in a name may become a header or a trick."""

import unicodedata
from urllib.parse import quote

#: Most file systems take 255 bytes; browsers add to a name that is taken already.
_LONGEST = 150
_LONGEST_SUFFIX = 16
_FALLBACK = "file"


def content_disposition(filename: str, *, attachment: bool) -> str:
    """Return the value of ``Content-Disposition`` for any ``filename``, whatever it holds."""
    name = safe_filename(filename)
    kind = "attachment" if attachment else "inline"
    return f"{kind}; filename=\"{_ascii(name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def safe_filename(filename: str) -> str:
    """Return ``filename`` without what is invisible, turns the direction of text or leads elsewhere.

    At most 150 characters, the suffix kept; "file" if nothing is left.
    """
    name = "".join(
        "_" if character in "/\\" else character
        for character in unicodedata.normalize("NFC", filename)
        if unicodedata.category(character)[0] != "C"
    )
    name = " ".join(name.split()).strip(" .")
    if len(name) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        suffix = dot + suffix if stem and len(suffix) < _LONGEST_SUFFIX else ""
        name = name[: _LONGEST - len(suffix)].rstrip(" .") + suffix
    return name or _FALLBACK


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join("_" if character in '"\\;%' else character for character in plain).strip(" .")
    return plain or _FALLBACK
