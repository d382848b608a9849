"""Nobody gets at gated text through the screens of wagtail-localize: not without rights on the page."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail_localize.models import Translation, TranslationSource
from wagtail_localize.operations import translate_object

from tests.conftest import CANARY, gate_page, give, make_user
from tests.testapp.models import ArticlePage
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db


def make_translator(name, *pages):
    """Create somebody who may submit translations, and edits ``pages`` and what is below them."""
    user = make_user(name)
    group = Group.objects.create(name=name)
    for codename in ("access_admin", "submit_translation"):
        group.permissions.add(Permission.objects.get(codename=codename))
    for page in pages:
        for codename in ("add_page", "change_page", "publish_page"):
            permission = Permission.objects.get(codename=codename)
            group.page_permissions.create(page=page, permission=permission)
    user.groups.add(group)
    return user


@pytest.fixture
def translator(french_home):
    """May submit translations, and edits no page."""
    return make_translator("translator")


@pytest.fixture
def editor(french_home):
    """Edits the French pages."""
    return make_translator("editor", french_home)


@pytest.fixture
def titled(home):
    """A page whose very title is not for everybody."""
    page = ArticlePage(title=f"Title {CANARY}", slug="titled", body=f"<p>Body {CANARY}</p>")
    return home.add_child(instance=page)


def submit(client, page, locale, **data):
    url = reverse("wagtail_localize:submit_page_translation", args=[page.pk])
    return client.get(url), client.post(url, {"locales": [locale.pk], **data})


def test_an_open_page_is_submitted_by_whoever_has_the_permission(client, translator, article, french):
    client.force_login(translator)
    shown, sent = submit(client, article, french)
    assert (shown.status_code, sent.status_code) == (200, 302)
    assert article.has_translation(french)


@pytest.mark.parametrize("mode", ["teaser", "login", "not_found"])
@pytest.mark.parametrize("who", ["translator", "editor"])
def test_a_closed_page_is_not_brought_into_a_language_that_one_edits(
    client,
    translator,
    editor,
    titled,
    pro,
    french,
    mode,
    who,
):
    gate_page(titled, pro, without_access=mode)
    client.force_login({"translator": translator, "editor": editor}[who])
    for response in submit(client, titled, french):
        assert response.status_code == 302
        assert response.url == reverse("wagtailadmin_home")
    assert not titled.has_translation(french)
    assert not TranslationSource.objects.exists()


def test_who_holds_a_license_may_bring_over_what_they_read(client, editor, titled, pro, now, french):
    gate_page(titled, pro)
    give(editor, pro, at=now)
    client.force_login(editor)
    assert submit(client, titled, french)[1].status_code == 302
    assert titled.has_translation(french)


def test_who_edits_the_alias_in_their_language_translates_it(client, editor, titled, pro, french):
    gate_page(titled, pro)
    alias = titled.copy_for_translation(french, alias=True)
    client.force_login(editor)
    assert submit(client, titled, french)[1].status_code == 302
    alias.refresh_from_db()
    assert alias.alias_of_id is None


def test_closed_pages_below_and_related_ones_are_left_out(client, editor, home, titled, pro, french):
    section = home.add_child(instance=ArticlePage(title="Section", slug="section", related=titled))
    closed = section.add_child(instance=ArticlePage(title="Closed", slug="closed", body=CANARY))
    below = closed.add_child(instance=ArticlePage(title="Open", slug="open"))
    gate_page(titled, pro)
    gate_page(closed, pro)
    Gate.objects.create(kind="page", page_id=below.pk, audience="everyone")
    client.force_login(editor)
    assert submit(client, section, french, include_subtree="on")[1].status_code == 302
    assert section.has_translation(french)
    assert below.has_translation(french)
    assert not titled.has_translation(french)
    assert not Translation.objects.filter(source__object_id=closed.translation_key).exists()
    # What stands above an open page stays an alias, with the gate of its source.
    assert closed.get_translation(french).alias_of_id == closed.pk


@pytest.fixture
def translated(titled, pro, french, french_home):
    """The French page of a hidden one, made by somebody with every right."""
    gate_page(titled, pro, without_access="not_found")
    translate_object(titled, [french])
    return titled.get_translation(french)


def screens(translated):
    """Every address of wagtail-localize that shows or gives something of a translation."""
    source = TranslationSource.objects.get()
    translation = Translation.objects.get()
    segment = source.stringsegment_set.get(context__path="body")
    update = reverse("wagtail_localize:update_translations", args=[source.pk])
    names = ("download_pofile", "preview_translation", "upload_pofile", "stop_translation")
    of_it = {name: reverse(f"wagtail_localize:{name}", args=[translation.pk]) for name in names}
    string = reverse("wagtail_localize:edit_string_translation", args=[translation.pk, segment.pk])
    return {
        "edit": reverse("wagtailadmin_pages:edit", args=[translated.pk]),
        "update": update,
        "string": string,
        **of_it,
        "submit": reverse("wagtail_localize:submit_page_translation", args=[translated.pk]),
        "alias": reverse("wagtail_localize:convert_to_alias", args=[translated.pk]),
        "report": reverse("wagtail_localize:translations_report"),
        "results": reverse("wagtail_localize:translations_report_results"),
        "export": reverse("wagtail_localize:translations_report") + "?export=csv",
        "explorer": reverse("wagtailadmin_explore_root"),
    }


def body(response):
    return b"".join(response) if response.streaming else response.content


def test_no_screen_shows_a_hidden_page_to_who_has_no_rights_on_it(client, translator, translated):
    client.force_login(translator)
    for name, url in screens(translated).items():
        answers = [client.get(url, follow=True), client.post(url, follow=True)]
        if name == "string":
            answers.append(client.put(url, b"value=x", content_type="application/x-www-form-urlencoded"))
            answers.append(client.delete(url))
        for answer in answers:
            assert CANARY.encode() not in body(answer), name
    assert Translation.objects.get().enabled


def test_who_edits_the_translation_sees_all_of_it(client, editor, translated):
    client.force_login(editor)
    urls = screens(translated)
    for name in ("edit", "update", "download_pofile", "preview_translation", "report"):
        answer = client.get(urls[name])
        assert answer.status_code == 200, name
        assert CANARY.encode() in body(answer), name
    client.logout()
    for name in ("edit", "update", "download_pofile", "preview_translation", "report", "export"):
        assert CANARY.encode() not in body(client.get(urls[name], follow=True)), name


def test_the_report_lists_what_is_listed_and_what_is_no_page(client, translator, titled, french):
    translate_object(titled, [french])
    client.force_login(translator)
    url = reverse("wagtail_localize:translations_report")
    assert CANARY in client.get(url).content.decode()


def test_a_source_whose_page_has_gone_is_not_found(client, olivia, translated, titled):
    source = TranslationSource.objects.get()
    titled.delete()
    client.force_login(olivia)
    url = reverse("wagtail_localize:update_translations", args=[source.pk])
    assert client.get(url, follow=True).status_code == 404
