"""Files: documents, images with their renditions, media, and what the APIs say of them."""

import datetime as dt
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.http import http_date
from wagtail import VERSION
from wagtail.images.utils import generate_signature

from tests.conftest import STAFF
from wagtail_licensing.conf import now
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.links import signed_document_url
from wagtail_licensing.models import License

from ..world import FILES, World
from .visit import Ask, Visit, add, channel, told_if

_DOCUMENT = {"reaches": "file", "thing": "document", "subject": "document"}
_IMAGE = {"reaches": "file", "thing": "image", "subject": "image"}
_MEDIA = {
    "reaches": "file",
    "thing": "media",
    "subject": "media",
    "skip": "" if find_spec("wagtailmedia") else "wagtailmedia is not installed",
}
_NO_V3 = "" if VERSION >= (8, 0) else "the API v3 came with Wagtail 8.0"


def _follow(visit: Visit, url: str, **headers: str) -> list[Any]:
    """Ask for a file, and go where the answers lead, but for the sign-in page."""
    answer = visit.get(url, **headers)
    hops = [answer]
    while answer.status_code in (301, 302) and "/login/" not in answer["Location"] and len(hops) < 4:
        answer = visit.get(answer["Location"].replace("http://testserver", ""))
        hops.append(answer)
    return hops


def _document(visit: Visit, **headers: str) -> list[Any]:
    return _follow(visit, visit.world.document.url, **headers)


for _method in ("serve_view", "redirect", "direct"):

    def _ask(visit: Visit, method: str = _method) -> list[Any]:
        with override_settings(WAGTAILDOCS_SERVE_METHOD=method):
            return _document(visit)

    add(f"document {_method}", _ask, **_DOCUMENT)


def _handed_over(get: Callable[[World], Any]) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        """Let the web server send the file: its internal address is in a header, which is as good."""
        locations = {"/protected/": settings.MEDIA_ROOT}
        with override_settings(WAGTAIL_LICENSING_SENDFILE_LOCATIONS=locations):
            answers = _follow(visit, get(visit.world).url)
        return [*answers[:-1], told_if(answers[-1], "X-Accel-Redirect" in answers[-1])]

    return ask


# --- Conditional requests, parts, lengths: of a document, an image, a rendition and a film -------

_FILES: dict[str, tuple[dict[str, Any], Callable[[World], Any]]] = {
    "document": (_DOCUMENT, lambda w: w.document),
    "image": (_IMAGE, lambda w: w.image.file),
    "rendition": (_IMAGE | {"subject": "rendition"}, lambda w: w.image.get_rendition("width-20")),
    "film": (_MEDIA, lambda w: w.media),
    "still": (_MEDIA | {"subject": "still"}, lambda w: w.media.thumbnail),
}

_SOON = dt.timedelta(days=1)


def _asks_of(get: Callable[[World], Any]) -> dict[str, Ask]:
    def part(visit: Visit) -> list[Any]:
        return _follow(visit, get(visit.world).url, range="bytes=0-99")

    def unmodified(visit: Visit) -> list[Any]:
        """Ask whether it has changed: "not modified" tells that it is there."""
        date = http_date((now() + _SOON).timestamp())
        answers = _follow(visit, get(visit.world).url, if_modified_since=date)
        return [*answers[:-1], told_if(answers[-1], answers[-1].status_code == 304)]

    def part_if_unchanged(visit: Visit) -> list[Any]:
        url = get(visit.world).url
        member = visit.member.client().head(url)
        condition = member.get("ETag") or member.get("Last-Modified", "")
        return _follow(visit, url, range="bytes=0-99", if_range=condition)

    def length(visit: Visit) -> list[Any]:
        url = get(visit.world).url
        answer = visit.get(url, "head")
        whole = visit.member.client().get(url)
        size = sum(map(len, whole.streaming_content)) if whole.streaming else len(whole.content)
        for closer in whole._resource_closers:
            closer()
        right = whole.status_code == 200 and answer.get("Content-Length") == str(size)
        return [told_if(answer, answer.status_code == 200 and right)]

    return {
        "part": part,
        "unmodified": unmodified,
        "part if unchanged": part_if_unchanged,
        "length": length,
    }


for _name, (_options, _get) in _FILES.items():
    if _name != "document":
        add(
            f"get {_name}",
            lambda visit, get=_get: _follow(visit, get(visit.world).url),
            way="get of a file",
            **_options,
        )
    add(
        f"{_name} handed to the web server",
        _handed_over(_get),
        way="file handed over",
        **_options,
    )
    for _way, _ask_for in _asks_of(_get).items():
        add(f"{_way} of {_name}", _ask_for, way=f"{_way} of a file", **_options)


@channel("document with the right hash", **_DOCUMENT)
def _hash(visit: Visit) -> list[Any]:
    """Ask with the hash of the file: "not modified" tells that it is right."""
    answers = _document(visit, if_none_match=f'"{visit.world.document.file_hash}"')
    return [*answers[:-1], told_if(answers[-1], answers[-1].status_code == 304)]


@channel("image view", way="get of a file", **_IMAGE)
def _image_view(visit: Visit) -> list[Any]:
    image = visit.world.image
    signature = generate_signature(image.pk, "width-20")
    return [visit.get(reverse("wagtailimages_serve", args=(signature, image.pk, "width-20")) + "x.png")]


@channel("image view after a member, cached", **_IMAGE)
def _image_cached(visit: Visit) -> list[Any]:
    image = visit.world.image
    signature = generate_signature(image.pk, "width-20")
    url = reverse("wagtailimages_serve", args=(signature, image.pk, "width-20")) + "x.png"
    return [visit.after_member(url)]


# --- Signed links --------------------------------------------------------------------------------

#: Nobody made a link for these, or their account is closed.
_WITHOUT_LINK = frozenset({"stranger", "inactive"})


@channel("own signed link", blind=_WITHOUT_LINK, control="without license", **_DOCUMENT)
def _own_link(visit: Visit) -> list[Any]:
    """Open one's own link without being signed in; a stranger forges one."""
    owner = visit.who.user if visit.who.user.pk else visit.member.user
    url = signed_document_url(visit.world.document, owner)
    if not visit.who.user.pk:
        head, token, tail = url.rpartition("/signed/")[0], *url.rpartition("/signed/")[2].split("/")
        url = f"{head}/signed/{token[:-4]}AAAA/{tail}"
    return [Client().get(url)]


@channel(
    "signed link of somebody else",
    blind=frozenset(
        {"new member", "seat holder", "hand grant", "editor", "superuser", "without license", "lapsed"}
        | {"revoked", "suspended", "not yet started", "other product", "released seat"}
        | {"editor elsewhere", *_WITHOUT_LINK}
    ),
    control="licensed",
    **_DOCUMENT,
)
def _link_of_a_member(visit: Visit) -> list[Any]:
    """Open a member's link while signed in. Without a session it is the member who asks."""
    url = signed_document_url(visit.world.document, visit.member.user)
    if visit.who.name in _WITHOUT_LINK:
        return [Client().get(url.replace(".pdf", ".txt"))]
    return [visit.get(url)]


@channel("signed link that has ended", **_DOCUMENT)
def _ended_link(visit: Visit) -> list[Any]:
    at = now() - dt.timedelta(hours=1)
    url = signed_document_url(visit.world.document, visit.member.user, max_age=3599, at=at)
    # The first answer leads on by the name of the file, which stands in the link.
    return _follow(visit, url)[1:]


@channel("signed link after a revoke", shows_to="strangers", **_DOCUMENT)
def _link_after_a_revoke(visit: Visit) -> list[Any]:
    """Open the link of somebody whose license was taken away since, without a session."""
    user = visit.member.user
    url = signed_document_url(visit.world.document, user)
    for license in License.objects.filter(user=user).exclude(state="revoked"):
        revoke_license(license_id=license.pk, at=now(), by=STAFF)
    return [Client().get(url)]


# --- The APIs and the account --------------------------------------------------------------------

_HUB = "/site-api/pages/"
_LISTED: dict[str, tuple[dict[str, Any], Callable[[World], str]]] = {
    "api v2 document": (_DOCUMENT, lambda w: f"/site-api/documents/{w.document.pk}/"),
    "api v2 documents": (_DOCUMENT, lambda w: "/site-api/documents/"),
    "api v2 search of documents": (_DOCUMENT, lambda w: "/site-api/documents/?search=animal"),
    "api v2 document nested": (_DOCUMENT, lambda w: f"{_HUB}{w.hub.pk}/?fields=document(*)"),
    "api v2 document in blocks": (_DOCUMENT, lambda w: f"{_HUB}{w.hub.pk}/?fields=content"),
    "api v2 image": (_IMAGE, lambda w: f"/site-api/images/{w.image.pk}/"),
    "api v2 images": (_IMAGE, lambda w: "/site-api/images/"),
    "api v2 search of images": (_IMAGE, lambda w: "/site-api/images/?search=animal"),
    "api v2 image nested": (_IMAGE, lambda w: f"{_HUB}{w.hub.pk}/?fields=image(*)"),
    "api v2 rendition nested": (_IMAGE, lambda w: f"{_HUB}{w.hub.pk}/?fields=thumbnail"),
    "media api of one": (_MEDIA, lambda w: f"/files-api/media/{w.media.pk}/"),
    "media api": (_MEDIA, lambda w: "/files-api/media/"),
    "media api search": (_MEDIA, lambda w: "/files-api/media/?search=animal"),
}


def _listing(url: Callable[[World], str], thing: str) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        """Title and address of a file are its content here: nothing of it is a teaser."""
        answer = visit.get(url(visit.world))
        return [told_if(answer, FILES[thing] in answer.content.decode())]

    return ask


for _name, (_options, _url) in _LISTED.items():
    add(_name, _listing(_url, _options["thing"]), way="api v2", **_options)

_LISTED_V3: dict[str, tuple[dict[str, Any], Callable[[World], str]]] = {
    "api v3 document": (_DOCUMENT, lambda w: f"/api/v3/documents/{w.document.pk}/"),
    "api v3 documents": (_DOCUMENT, lambda w: "/api/v3/documents/"),
    "api v3 image": (_IMAGE, lambda w: f"/api/v3/images/{w.image.pk}/"),
    "api v3 images": (_IMAGE, lambda w: "/api/v3/images/"),
}
for _name, (_options, _url) in _LISTED_V3.items():
    ask = _listing(_url, _options["thing"])
    add(_name, ask, way="api v3 of files", shows_to="strangers", skip=_NO_V3, **_options)


_ACCOUNT: dict[str, Any] = {
    "blind": frozenset({"stranger", "inactive"}),  # who cannot sign in has no account
    "control": "without license",
    **_DOCUMENT,
}


@channel("downloads of the account", **_ACCOUNT)
def _account(visit: Visit) -> list[Any]:
    """Look for the way to a file; its name stays for who held it, with why it is closed."""
    answer = visit.get("/licensing/account/downloads/")
    return [told_if(answer, visit.world.document.url in answer.content.decode())]


add(
    "names in the downloads of the account",
    lambda visit: [visit.get("/licensing/account/downloads/")],
    tells="name",
    **_ACCOUNT,
)
