"""What two spellings of an e-mail address have in common."""

import unicodedata
from contextlib import suppress


def address_key(address: str) -> str:
    """Return the key under which an address is known: one however it is spelt.

    Compatibility forms are folded (a fullwidth letter, the Kelvin sign), the domain is written as it
    is asked for (punycode), what cannot be seen is left out. Letters of another script that only look
    alike stay different, and so does a tag after a plus sign: those are other mailboxes.
    """
    folded = unicodedata.normalize("NFKC", address).casefold().strip()
    seen = "".join(letter for letter in folded if unicodedata.category(letter) not in {"Cf", "Cc"})
    local, _at, domain = seen.rpartition("@")
    domain = domain.rstrip(".")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"
