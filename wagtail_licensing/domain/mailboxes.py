"""When two e-mail addresses are the same, and how to show one that could be taken for another.

The same means: equal after the domain is in ASCII and capitals are small. Letters that only look
alike stay different, and an address that a normal form would change into another is none at all.
"""

import unicodedata

#: Longest address, RFC 5321.
LONGEST = 254

#: Where anybody gets an address: belonging to one says nothing about a person.
FREE_MAIL = frozenset(
    {
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.co.uk",
        "hotmail.fr",
        "icloud.com",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "mailinator.com",
        "me.com",
        "msn.com",
        "naver.com",
        "outlook.com",
        "pm.me",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "tuta.com",
        "web.de",
        "yahoo.co.jp",
        "yahoo.com",
        "yandex.com",
        "yandex.ru",
        "163.com",
    }
)


def mailbox_key(address: str) -> str:
    """Return what an address is compared by; empty when it is none.

    The domain in ASCII (IDNA) and small letters, the part before it in small letters. Refused is what
    holds characters that cannot be seen, and what Unicode would turn into something else (NFKC): such
    an address would be linked to another one.
    """
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and domain) or len(address) > LONGEST or not _is_plain(local):
        return ""
    name = domain_key(domain)
    return f"{local.lower()}@{name}" if name else ""


def domain_key(domain: str) -> str:
    """Return a domain in ASCII and small letters; empty when it is none."""
    domain = domain.strip()
    if not _is_plain(domain) or domain.startswith(".") or "." not in domain.strip("."):
        return ""
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = name.split(".")
    good = all(label and label.replace("-", "").isalnum() for label in labels)
    return name if good else ""


def domain_of(key: str) -> str:
    """Return the domain of a key that :func:`mailbox_key` made."""
    return key.rpartition("@")[2]


def is_free_mail(domain: str) -> bool:
    """Tell whether anybody can have an address at ``domain``, as :func:`domain_key` returns it."""
    return domain in FREE_MAIL


def has_foreign_letters(address: str) -> bool:
    """Tell whether the part before the domain holds letters beyond ASCII: look twice."""
    return not address.rpartition("@")[0].isascii()


def masked(address: str) -> str:
    """Return enough of an address for its owner to know it, and too little to write to it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _is_plain(text: str) -> bool:
    if unicodedata.normalize("NFKC", text) != text:
        return False
    return not any(unicodedata.category(letter)[0] in "CZ" or letter in '<>"@,;:()\\' for letter in text)
