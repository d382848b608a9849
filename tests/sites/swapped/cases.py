"""What has to hold on a site with a page, a document and an image model of its own.

Run in a process of its own by ``tests/test_swapped_models.py``.
"""

import shutil
import tempfile

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.test import TestCase, override_settings
from django.urls import reverse
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, Site
from wagtail.test.basepage.models import BasePage

from tests.sites.swapped.models import CustomDocument, CustomImage, StoryPage
from wagtail_licensing.access import check_access, nearest_gate, only_accessible, only_listable
from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct, MeteredRead
from wagtail_licensing.testing import give_license

CANARY = "quetzalcoatl-canary"


def make_user(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", name, **fields)


class Swapped(TestCase):
    """A story behind a gate, somebody who holds the license, and somebody who does not."""

    def setUp(self):
        self.pro = LicenseProduct.objects.create(name="Pro", slug="pro", kind="subscription")
        self.home = Site.objects.get(is_default_site=True).root_page
        self.story = self.home.add_child(instance=StoryPage(title="Story", slug="story", body=CANARY))
        self.alice, self.charlie = make_user("alice"), make_user("charlie")
        give_license(self.alice, self.pro)

    def gate(self, **fields):
        gate = Gate.objects.create(**fields)
        EntitlementRule.objects.create(gate=gate, product=self.pro)
        return gate

    def gate_page(self, page, **fields):
        return self.gate(kind="page", page_id=page.pk, **fields)

    def seen_by(self, user, url):
        self.client.logout()
        if user is not None:
            self.client.force_login(user)
        response = self.client.get(url)
        content = b"".join(response) if response.streaming else response.content
        return CANARY.encode() in content

    def assert_only_alice_sees(self, *urls):
        for url in urls:
            assert self.seen_by(self.alice, url), url
            for user in (None, self.charlie):
                assert not self.seen_by(user, url), url


class PageTests(Swapped):
    """Pages made from the page model of the site."""

    def test_without_a_gate_everybody_reads(self):
        assert self.seen_by(None, self.story.url)

    def test_a_gate_holds_on_the_page_in_the_api_and_in_lists(self):
        self.gate_page(self.story)
        self.assert_only_alice_sees(self.story.url, f"/api/v2/pages/{self.story.pk}/")
        pages = BasePage.objects.filter(pk=self.story.pk)
        assert only_accessible(pages, self.alice).exists()
        assert not only_accessible(pages, self.charlie).exists()
        assert only_listable(pages, self.charlie).exists()
        assert not only_accessible(StoryPage.objects.all(), AnonymousUser()).exists()

    def test_inherited_gates_and_gates_of_the_page_type_hold(self):
        below = self.story.add_child(instance=StoryPage(title="Below", slug="below", body=CANARY))
        gate = self.gate_page(self.story)
        self.assert_only_alice_sees(below.url)
        gate.delete()
        assert self.seen_by(None, below.url)
        self.gate(kind="page_type", page_type=self.story.cached_content_type)
        self.assert_only_alice_sees(below.url, self.story.url)

    def test_aliases_copies_and_moves_stay_closed(self):
        before = self.story.create_alias(parent=self.home, update_slug="before")
        self.gate_page(self.story)
        after = self.story.create_alias(parent=self.home, update_slug="after")
        copied = self.story.copy(update_attrs={"slug": "copied"}, keep_live=True)
        shelf = self.home.add_child(instance=StoryPage(title="Shelf", slug="shelf"))
        moving = shelf.add_child(instance=StoryPage(title="Moving", slug="moving", body=CANARY))
        self.gate_page(shelf)
        moving.move(self.home, pos="last-child")
        moved = StoryPage.objects.get(pk=moving.pk)
        self.assert_only_alice_sees(before.url, after.url, copied.url, moved.url)

    def shelf(self, slug):
        return self.home.add_child(instance=StoryPage(title=slug.title(), slug=slug))

    def story_on(self, shelf, slug="inside"):
        return shelf.add_child(instance=StoryPage(title="Inside", slug=slug, body=CANARY))

    def test_a_recursive_copy_has_the_gates_of_what_it_copies(self):
        whole, part, target = self.shelf("whole"), self.shelf("part"), self.shelf("target")
        self.story_on(whole)
        self.gate_page(whole)
        self.gate_page(self.story_on(part))
        self.story_on(part, "free")
        copies = [
            shelf.copy(recursive=True, to=target, keep_live=True, update_attrs={"slug": shelf.slug})
            for shelf in (whole, part)
        ]
        inside = [copied.get_children().get(slug="inside").specific for copied in copies]
        self.assert_only_alice_sees(*(page.url for page in inside))
        assert self.seen_by(None, copies[1].get_children().get(slug="free").url)
        assert Gate.objects.count() == 4

    def test_a_move_into_a_gate_closes_and_out_of_it_takes_the_gate_along(self):
        vault, shelf = self.shelf("vault"), self.shelf("shelf")
        self.gate_page(vault)
        below = self.story_on(self.story)
        assert self.seen_by(None, below.url)
        self.story.move(vault, pos="last-child")
        self.assert_only_alice_sees(self.fresh(self.story).url, self.fresh(below).url)
        pages = StoryPage.objects.filter(body=CANARY)
        assert list(only_accessible(pages, self.charlie)) == []
        self.fresh(self.story).move(shelf, pos="last-child")
        self.assert_only_alice_sees(self.fresh(self.story).url, self.fresh(below).url)
        gate = nearest_gate(self.fresh(below))
        assert gate.page_id == self.story.pk
        gate.delete()
        assert self.seen_by(None, self.fresh(below).url)
        assert only_accessible(pages, self.charlie).count() == 2

    def test_what_moves_out_with_a_gate_of_its_own_keeps_it(self):
        vault, shelf = self.shelf("vault"), self.shelf("shelf")
        moving = self.story_on(vault)
        self.gate_page(vault)
        self.gate_page(moving)
        moving.move(shelf, pos="last-child")
        self.assert_only_alice_sees(self.fresh(moving).url)

    def test_recursive_aliases_follow_the_gates_of_their_sources(self):
        shelf, elsewhere = self.shelf("shelf"), self.shelf("elsewhere")
        story = self.story_on(shelf)
        before = shelf.create_alias(parent=elsewhere, update_slug="before", recursive=True)
        gate = self.gate_page(story)
        after = shelf.create_alias(parent=elsewhere, update_slug="after", recursive=True)
        inside = [alias.get_children().get().specific for alias in (before, after)]
        again = inside[0].create_alias(parent=self.home, update_slug="again")
        self.assert_only_alice_sees(*(page.url for page in (*inside, again)))
        assert not only_accessible(BasePage.objects.filter(alias_of__isnull=False), None).filter(
            pk__in=[page.pk for page in (*inside, again)]
        )
        gate.delete()
        for page in (*inside, again):
            assert self.seen_by(None, page.url)

    def fresh(self, page):
        return StoryPage.objects.get(pk=page.pk)

    def test_a_hidden_page_is_not_there_and_private_for_wagtail(self):
        self.gate_page(self.story, without_access="not_found")
        self.assert_only_alice_sees(self.story.url, f"/api/v2/pages/{self.story.pk}/")
        assert self.client.get(self.story.url).status_code == 404
        assert not BasePage.objects.public().filter(pk=self.story.pk).exists()
        assert b"/story/" not in self.client.get("/sitemap.xml").content

    def test_the_meter_counts(self):
        gate = self.gate_page(self.story)
        gate.free_reads = 1
        gate.save()
        assert self.seen_by(self.charlie, self.story.url)
        assert MeteredRead.objects.get().page_id == self.story.pk

    def test_an_editor_gates_a_page_in_the_admin(self):
        self.client.force_login(
            get_user_model().objects.create_superuser("olivia", "olivia@example.org", "olivia")
        )
        edit = self.client.get(reverse("wagtailadmin_pages:edit", args=[self.story.pk]))
        assert edit.status_code == 200
        self.assertContains(edit, "Access")
        url = reverse("wagtail_licensing_admin:page_access", args=[self.story.pk])
        self.assertContains(self.client.get(url), "Who can read")
        data = {"audience": "licensed", "products": [self.pro.pk], "without_access": "teaser"}
        assert self.client.post(url, data).status_code == 302
        assert Gate.objects.get().page_id == self.story.pk
        for name in ("wagtailadmin_explore", "wagtailadmin_pages:history"):
            page = self.home if name.endswith("explore") else self.story
            assert self.client.get(reverse(name, args=[page.pk])).status_code == 200


class FileTests(Swapped):
    """Documents and images of the site."""

    def setUp(self):
        super().setUp()
        cache.clear()  # Wagtail keeps renditions there, by the ids of images that are rolled back
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        media = override_settings(MEDIA_ROOT=self.folder)
        media.enable()
        self.addCleanup(media.disable)
        self.vault = Collection.get_first_root_node().add_child(name="Vault")

    def test_a_document_opens_by_its_collection_and_by_itself(self):
        document = CustomDocument.objects.create(
            title="Handbook", file=ContentFile(CANARY.encode(), "a.txt"), collection=self.vault
        )
        assert self.seen_by(None, document.url)
        gate = self.gate(kind="collection", collection=self.vault)
        self.assert_only_alice_sees(document.url)
        gate.delete()
        self.gate(kind="document", document_id=document.pk)
        self.assert_only_alice_sees(document.url)
        assert not only_accessible(CustomDocument.objects.all(), self.charlie).exists()

    def test_a_document_goes_into_a_gated_collection_and_out_of_it(self):
        document = CustomDocument.objects.create(
            title="Handbook", file=ContentFile(CANARY.encode(), "a.txt")
        )
        self.gate(kind="collection", collection=self.vault)
        assert self.seen_by(None, document.url)
        below = self.vault.add_child(name="Below")
        document.collection = below
        document.save()
        self.assert_only_alice_sees(document.url)
        assert not only_accessible(CustomDocument.objects.all(), self.charlie).exists()
        below.move(Collection.get_first_root_node(), pos="sorted-child")
        assert self.seen_by(None, document.url)
        assert only_accessible(CustomDocument.objects.all(), self.charlie).exists()

    def test_an_image_opens_by_a_gate_of_its_own(self):
        image = CustomImage.objects.create(
            title="Photo", file=ImageFile(get_test_image_file().file, name="photo.png")
        )
        url = image.get_rendition("width-50").url
        kind = ContentType.objects.get_for_model(CustomImage)
        self.gate(kind="object", object_type=kind, object_id=str(image.pk))
        assert check_access(self.alice, image).allowed
        assert not check_access(self.charlie, image).allowed
        assert not only_accessible(CustomImage.objects.all(), self.charlie).exists()
        gated = CustomImage.objects.get(pk=image.pk).get_rendition("width-50").url
        assert gated != url
        self.client.force_login(self.charlie)
        assert self.client.get(gated).status_code != 200
        listed = self.client.get("/api/v2/images/").json()
        assert listed["items"] == []
        self.client.force_login(self.alice)
        assert self.client.get(gated).status_code == 200

    def test_an_image_opens_by_its_collection(self):
        image = CustomImage.objects.create(
            title="Photo",
            file=ImageFile(get_test_image_file().file, name="photo.png"),
            collection=self.vault,
        )
        self.gate(kind="collection", collection=self.vault)
        assert check_access(self.alice, image).allowed
        assert not check_access(self.charlie, image).allowed
        url = image.get_rendition("width-50").url
        self.client.force_login(self.charlie)
        assert self.client.get(url).status_code != 200
        self.client.force_login(self.alice)
        assert self.client.get(url).status_code == 200
