"""The files of the demo, and the versions of one of them."""

from datetime import timedelta

from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection

from ..clock import now
from ..models import FilePage, FileVersion
from .pdf import make_pdf
from .texts import CANARY

PLAIN = "Checklists"
PRO = "Worksheets"
TOOLKIT = "Toolkit"

#: Title, file name, collection, lines.
FILES = (
    ("Editor's pocket guide", "pocket-guide.pdf", PLAIN, ("Twelve habits of calm editors.",)),
    ("Release checklist", "release-checklist.pdf", PLAIN, ("Before, during and after a release.",)),
    ("Image sizes on one page", "image-sizes.pdf", PLAIN, ("Which rendition for which place.",)),
    ("StreamField cookbook", "streamfield-cookbook.pdf", PRO, ("Thirty blocks, ready to lift.",)),
    ("Search tuning worksheet", "search-worksheet.pdf", PRO, ("Boosts, synonyms, measurements.",)),
    ("Migration planner", "migration-planner.pdf", PRO, ("From the old site to the new one.",)),
)


def create() -> dict[str, Collection]:
    """Create the collections and their documents. Returns the collections by name."""
    root = Collection.get_first_root_node()
    collections = {name: root.add_child(name=name) for name in (PLAIN, PRO)}
    for title, name, collection, lines in FILES:
        content = make_pdf(title, (*lines, f"For members: {CANARY}, {name}."))
        document = get_document_model()(title=title, collection=collections[collection])
        document.file.save(name, ContentFile(content), save=False)
        document.file_size = len(content)
        document.save()
    collections[TOOLKIT] = root.add_child(name=TOOLKIT)
    return collections


def add_version(page: FilePage, number: str, collection: Collection, days: int, notes: str) -> None:
    """Add a version of a file that was released ``days`` ago."""
    content = make_pdf(f"Toolkit {number}", (*notes.splitlines(), f"For members: {CANARY}, {number}."))
    released_at = now() - timedelta(days=days)
    document = get_document_model()(title=f"Toolkit {number}", collection=collection)
    document.file.save(f"toolkit-{number}.pdf", ContentFile(content), save=False)
    document.file_size = len(content)
    document.save()
    # What a rule keeps of ended licenses goes by the day of the upload.
    get_document_model().objects.filter(pk=document.pk).update(created_at=released_at)
    FileVersion.objects.create(
        page=page, number=number, released_at=released_at, document=document, notes=notes
    )
