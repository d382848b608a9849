"""Files behind a gate: a document with known bytes, a picture, and who may open them."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from PIL import Image as Picture
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection

from tests.conftest import CANARY, give, make_user
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.models import EntitlementRule, Gate

#: Two blocks and a bit, so that a part may begin in one block and end in another.
CONTENT = (CANARY.encode() + bytes(range(256))) * 600


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """Uploaded files of a test, gone with it, and so are the renditions that Wagtail remembers."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    cache.clear()
    return tmp_path / "media"


@pytest.fixture
def members_only(db):
    """A collection behind no gate yet."""
    return Collection.get_first_root_node().add_child(name="Members only")


@pytest.fixture
def gated_collection(members_only, pro):
    """The collection behind a gate that Pro opens."""
    gate = Gate.objects.create(kind="collection", collection=members_only)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return members_only


@pytest.fixture
def document(members_only):
    """A document in the collection."""
    document = get_document_model()(title="Handbook", collection=members_only)
    document.file.save("handbook.pdf", ContentFile(CONTENT), save=False)
    document._set_document_file_metadata()
    document.save()
    document.file.close()
    return document


@pytest.fixture
def gated_document(document, gated_collection):
    return document


def make_picture(name="cover.png", size=(40, 30), color="navy"):
    """Return an image file of one colour."""
    stream = BytesIO()
    Picture.new("RGB", size, color).save(stream, "PNG")
    return ImageFile(BytesIO(stream.getvalue()), name=name)


@pytest.fixture
def image(members_only):
    """An image in the collection."""
    return get_image_model().objects.create(title="Cover", file=make_picture(), collection=members_only)


@pytest.fixture
def gated_image(image, gated_collection):
    return image


@pytest.fixture
def member(alice, pro, now):
    """Alice, with a license for Pro."""
    give(alice, pro, at=now)
    return alice


@pytest.fixture
def inactive(pro, now, db):
    """Has a license, and an account that was closed."""
    user = make_user("ivan", is_active=False)
    give(user, pro, at=now)
    return user


@pytest.fixture
def lapsed(dana, pro, now):
    """Dana, whose license was revoked."""
    license = give(dana, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=give.__globals__["STAFF"])
    return dana


#: Who stays outside, as the names of fixtures; None is a visitor.
OUTSIDERS = [None, "charlie", "lapsed", "inactive"]


def sign_in(client, request, who):
    """Sign in the person of the fixture ``who``, as a session of before."""
    if who:
        client.force_login(request.getfixturevalue(who))


def answer(response):
    """Return an answer that has been read to its end: ``body`` is all of it."""
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response
