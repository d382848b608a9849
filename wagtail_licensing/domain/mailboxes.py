"""When two e-mail addresses are the same, and how to show one that could be taken for another.

The same means: equal after the domain is in ASCII and capitals are small. Letters that only look
alike stay different, and an address that a normal form would change into another is none at all.
"""

import unicodedata

#: Longest address, RFC 5321, longest name of a domain and of a part of one, RFC 1035.
LONGEST = 254
LONGEST_DOMAIN = 253
LONGEST_LABEL = 63

#: Where one mailbox has several domains, and where a dot before the domain means nothing.
SAME_PROVIDER = {"googlemail.com": "gmail.com"}
DOTS_MEAN_NOTHING = frozenset({"gmail.com"})

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

    The domain in ASCII (punycode) and small letters, the part before it in small letters. Refused is
    what holds characters that cannot be seen, and what Unicode would turn into something else (NFKC):
    such an address would be linked to another one.
    """
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and domain) or len(address) > LONGEST or not _is_plain(local):
        return ""
    name = domain_key(domain)
    return f"{local.lower()}@{name}" if name else ""


def person_key(address: str) -> str:
    """Return what one mailbox has in common under all the addresses that reach it; empty: none.

    For what is given once for each person. Left out is a tag after a plus sign, and at providers that
    do not look at them the dots: who has the one address has the others for the asking.
    """
    local, _, domain = mailbox_key(address).rpartition("@")
    if not domain:
        return ""
    domain = SAME_PROVIDER.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain in DOTS_MEAN_NOTHING:
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def domain_key(domain: str) -> str:
    """Return a domain in ASCII and small letters; empty when it is none.

    Letters are written as they are and none becomes another: what older rules made of a sharp s or of
    a final sigma would be the domain of somebody else.
    """
    domain = domain.strip()
    if not _is_plain(domain) or "." not in domain:
        return ""
    labels = [_label(part) for part in domain.lower().split(".")]
    name = ".".join(labels)
    return name if all(labels) and len(name) <= LONGEST_DOMAIN else ""


def _label(part: str) -> str:
    if not all(letter == "-" or unicodedata.category(letter)[0] in "LMN" for letter in part):
        return ""
    label = part if part.isascii() else f"xn--{part.encode('punycode').decode('ascii')}"
    return label if len(label) <= LONGEST_LABEL else ""


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
