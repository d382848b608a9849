"""The admin: closed by Wagtail's own permissions, to editors of other pages and files as well."""

from typing import Any

from django.urls import reverse

from ..world import FILES
from .visit import Visit, add, told_if

_PAGE: dict[str, Any] = {"reaches": "page", "subject": "admin of a page", "closed_by_wagtail": True}

for _name, _view, _revision in (
    ("draft", "wagtailadmin_pages:view_draft", False),
    ("revision", "wagtailadmin_pages:revisions_view", True),
    ("form", "wagtailadmin_pages:edit", False),
    ("comparison", "wagtailadmin_pages:revisions_compare", True),
):

    def _ask(visit: Visit, view: str = _view, revision: bool = _revision) -> list[Any]:
        page = visit.world.pages["line"]
        if view.endswith("compare"):
            return [visit.get(reverse(view, args=[page.pk, "earliest", page.latest_revision_id]))]
        arguments = [page.pk, *([page.latest_revision_id] if revision else [])]
        return [visit.get(reverse(view, args=arguments))]

    add(f"admin {_name}", _ask, **_PAGE)

for _name, _path in {
    "list": lambda w: reverse("wagtailadmin_explore", args=[w.section.pk]),
    "search": lambda w: "/admin/pages/search/results/?q=About",
    "aging pages": lambda w: "/admin/reports/aging-pages/",
    "aging pages exported": lambda w: "/admin/reports/aging-pages/?export=csv",
    "history exported": lambda w: "/admin/reports/site-history/?export=csv",
    "usage of the image": lambda w: reverse("wagtailadmin_pages:usage", args=[w.pages["article"].pk]),
}.items():

    def _ask(visit: Visit, path: Any = _path) -> list[Any]:
        return [visit.get(path(visit.world))]

    add(f"admin {_name}", _ask, tells="name", **_PAGE)


_FILES: dict[str, tuple[str, Any]] = {
    "document form": ("document", lambda w: reverse("wagtaildocs:edit", args=[w.document.pk])),
    "document usage": (
        "document",
        lambda w: reverse("wagtaildocs:document_usage", args=[w.document.pk]),
    ),
    "documents": ("document", lambda w: reverse("wagtaildocs:index")),
    "document chooser": ("document", lambda w: reverse("wagtaildocs_chooser:choose_results")),
    "chosen document": (
        "document",
        lambda w: reverse("wagtaildocs_chooser:chosen", args=[w.document.pk]),
    ),
    "image form": ("image", lambda w: reverse("wagtailimages:edit", args=[w.image.pk])),
    "image usage": ("image", lambda w: reverse("wagtailimages:image_usage", args=[w.image.pk])),
    "images": ("image", lambda w: reverse("wagtailimages:index")),
    "image chooser": ("image", lambda w: reverse("wagtailimages_chooser:choose_results")),
    "chosen image": ("image", lambda w: reverse("wagtailimages_chooser:chosen", args=[w.image.pk])),
    "image preview": (
        "image",
        lambda w: reverse("wagtailimages:preview", args=[w.image.pk, "width-20"]),
    ),
}


def _of_file(url: Any, thing: str) -> Any:
    def ask(visit: Visit) -> list[Any]:
        answer = visit.get(url(visit.world))
        if answer.streaming:
            return [answer]
        return [told_if(answer, FILES[thing] in answer.content.decode(errors="replace"))]

    return ask


for _name, (_thing, _url) in _FILES.items():
    add(
        f"admin {_name}",
        _of_file(_url, _thing),
        reaches="file",
        thing=_thing,
        subject=f"admin of a {_thing}",
        closed_by_wagtail=True,
    )
