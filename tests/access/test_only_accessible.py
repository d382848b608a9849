"""Lists: what is in them is exactly what opens one by one, at a size that gates do not change."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from guardian.shortcuts import assign_perm
from wagtail.documents import get_document_model
from wagtail.models import Collection, GroupPagePermission, Locale, Page

from tests.conftest import CANARY, gate_page, give, make_product, make_user
from tests.testapp.models import ArticlePage, LessonPage, PlainPage
from wagtail_licensing.access import freshness, has_access, only_accessible
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


def titles(queryset):
    return sorted(page.title for page in queryset)


@pytest.fixture
def shelf(home, pro):
    """Ten articles, every second one gated."""
    pages = []
    for number in range(10):
        page = home.add_child(
            instance=ArticlePage(title=f"Shelf {number}", slug=f"shelf-{number}", body=CANARY)
        )
        pages.append(page)
        if number % 2:
            gate_page(page, pro)
    return pages


def test_nothing_gated_costs_nothing_and_does_not_look_at_the_user(article, django_assert_num_queries):
    freshness.current()
    queryset = Page.objects.all()
    with django_assert_num_queries(0):
        assert only_accessible(queryset, None) is queryset


def test_a_list_leaves_out_what_is_closed(alice, charlie, shelf, pro, now):
    articles = ArticlePage.objects.filter(title__startswith="Shelf")
    open_ones = [f"Shelf {number}" for number in range(0, 10, 2)]
    assert titles(only_accessible(articles, charlie)) == open_ones
    assert titles(only_accessible(articles, AnonymousUser())) == open_ones
    assert titles(only_accessible(articles, None)) == open_ones
    give(alice, pro, at=now)
    assert only_accessible(articles, alice, now).count() == 10


def test_a_list_costs_one_query_to_decide_whatever_its_length(
    alice, shelf, pro, now, django_assert_num_queries
):
    give(alice, pro, at=now)
    freshness.current()
    with django_assert_num_queries(2):
        list(only_accessible(Page.objects.all(), alice, now))
    with django_assert_num_queries(1):
        list(only_accessible(Page.objects.all(), AnonymousUser(), now))


def test_it_composes_with_everything_before_and_after(charlie, shelf):
    narrowed = only_accessible(Page.objects.live().filter(title__startswith="Shelf"), charlie)
    assert narrowed.exclude(title="Shelf 0").order_by("-title").first().title == "Shelf 8"
    assert [page.title for page in narrowed.order_by("title")[1:3]] == ["Shelf 2", "Shelf 4"]
    assert narrowed.specific().count() == 5
    assert narrowed.in_bulk().keys() == {page.pk for page in shelf[::2]}
    assert Page.objects.filter(pk__in=narrowed.values("pk")).count() == 5
    assert (narrowed & Page.objects.filter(title="Shelf 2")).count() == 1
    assert narrowed.filter(title="Shelf 1").exists() is False


@pytest.mark.parametrize("model", [Page, ArticlePage])
def test_it_composes_with_search_and_autocomplete(alice, charlie, shelf, model, pro, now):
    assert {p.title for p in only_accessible(model.objects.live(), charlie).search("Shelf")} == {
        f"Shelf {number}" for number in range(0, 10, 2)
    }
    give(alice, pro, at=now)
    assert only_accessible(model.objects.live(), alice, now).search("Shelf").count() == 10
    found = only_accessible(model.objects.live(), charlie).autocomplete("She")
    assert len(found) == 5


def test_the_text_of_a_closed_page_is_not_found(charlie, alice, shelf, pro, now):
    assert only_accessible(ArticlePage.objects.live(), charlie).search(CANARY).count() == 5
    give(alice, pro, at=now)
    assert only_accessible(ArticlePage.objects.live(), alice, now).search(CANARY).count() == 10


def test_search_composes_with_page_types_aliases_and_editors(erin, charlie, home, shelf, course, pro):
    lesson_type = ContentType.objects.get_for_model(LessonPage)
    Gate.objects.create(kind="page_type", page_type=lesson_type)
    shelf[1].create_alias(parent=home, update_slug="alias")
    assert only_accessible(Page.objects.all(), charlie).search("Lesson").count() == 0
    assert only_accessible(Page.objects.all(), erin).search("Lesson").count() == 3
    assert only_accessible(ArticlePage.objects.all(), erin).search("Shelf").count() == 11


def test_a_list_that_is_sliced_already_is_refused(charlie):
    with pytest.raises(TypeError):
        only_accessible(Page.objects.all()[:3], charlie)


def test_any_other_error_leaves_nothing(charlie, shelf, monkeypatch, caplog):
    def broken():
        raise RuntimeError("charlie@example.org")

    freshness.forget()
    monkeypatch.setattr(freshness, "load_index", broken)
    assert not only_accessible(Page.objects.all(), charlie).exists()
    assert "RuntimeError" in caplog.text
    assert "charlie@" not in caplog.text.replace('raise RuntimeError("charlie@example.org")', "")


def test_an_inactive_superuser_sees_nothing_gated(olivia, shelf):
    olivia.is_active = False
    assert only_accessible(ArticlePage.objects.all(), olivia).count() == 5


def test_five_thousand_gates_fit_into_one_condition(
    alice, charlie, home, pro, now, django_assert_num_queries
):
    parent = home.add_child(instance=PlainPage(title="Many", slug="many"))
    content_type = ContentType.objects.get_for_model(PlainPage)
    rows = [
        Page(
            title=f"p{number}",
            slug=f"p{number}",
            path=Page._get_path(parent.path, parent.depth + 1, number),
            depth=parent.depth + 1,
            url_path=f"{parent.url_path}p{number}/",
            content_type=content_type,
            locale=parent.locale,
            draft_title=f"p{number}",
        )
        for number in range(1, 5_002)
    ]
    pages = Page.objects.bulk_create(rows)
    Gate.objects.bulk_create([Gate(kind="page", page_id=page.pk) for page in pages[:5_000]])
    EntitlementRule.objects.bulk_create(
        [EntitlementRule(gate=gate, product=pro) for gate in Gate.objects.all()]
    )
    listed = Page.objects.child_of(parent)
    freshness.current()
    with django_assert_num_queries(2):
        assert titles(only_accessible(listed, charlie)) == ["p5001"]
    give(alice, pro, at=now)
    assert only_accessible(listed, alice, now).count() == 5_001
    assert only_accessible(listed, charlie).search("p5001").count() <= 1


# --- documents ----------------------------------------------------------------------------------


@pytest.fixture
def library(db, pro):
    """Collections root > members > deep, with a document in each, and one free in "deep"."""
    root = Collection.get_first_root_node()
    members = root.add_child(name="Members")
    deep = members.add_child(name="Deep")
    model = get_document_model()
    documents = {
        name: model.objects.create(title=name, file=ContentFile(b"x", f"{name}.txt"), collection=where)
        for name, where in (("root", root), ("member", members), ("deep", deep), ("free", deep))
    }
    gate = Gate.objects.create(kind="collection", collection=members)
    EntitlementRule.objects.create(gate=gate, product=pro)
    Gate.objects.create(kind="document", document=documents["free"], audience="everyone")
    return documents


def test_documents_follow_their_collection_or_their_own_gate(alice, charlie, olivia, library, pro, now):
    documents = get_document_model().objects.all()
    assert titles(only_accessible(documents, charlie)) == ["free", "root"]
    assert titles(only_accessible(documents, None)) == ["free", "root"]
    assert titles(only_accessible(documents, olivia)) == ["deep", "free", "member", "root"]
    give(alice, pro, at=now)
    assert only_accessible(documents, alice, now).count() == 4
    for document in documents:
        assert has_access(charlie, document) == (document.title in {"free", "root"})


def test_documents_are_searched_within_what_is_open(charlie, alice, library, pro, now):
    documents = get_document_model().objects.all()
    assert len(only_accessible(documents, charlie).search("deep")) == 0
    assert len(only_accessible(documents, charlie).search("free")) == 1
    give(alice, pro, at=now)
    assert len(only_accessible(documents, alice, now).search("deep")) == 1


def test_who_may_change_documents_sees_them(erin, library):
    group = Group.objects.create(name="Librarians")
    deep = Collection.objects.get(name="Deep")
    permission = Permission.objects.get(codename="change_document")
    group.collection_permissions.create(collection=deep, permission=permission)
    erin.groups.add(group)
    documents = get_document_model().objects.all()
    assert titles(only_accessible(documents, erin)) == ["deep", "free", "root"]
    assert has_access(erin, library["deep"])
    assert not has_access(erin, library["member"])


def test_a_new_or_moved_collection_inside_a_gated_one_is_gated_at_once(charlie, library):
    members = Collection.objects.get(name="Members")
    new = members.add_child(name="New")
    document = get_document_model().objects.create(
        title="new", file=ContentFile(b"x", "new.txt"), collection=new
    )
    assert not has_access(charlie, document)
    assert "new" not in titles(only_accessible(get_document_model().objects.all(), charlie))
    outside = Collection.get_first_root_node().add_child(name="Outside")
    Collection.objects.get(pk=new.pk).move(Collection.objects.get(pk=outside.pk), pos="sorted-child")
    assert has_access(charlie, document)
    assert "new" in titles(only_accessible(get_document_model().objects.all(), charlie))


# --- the property: a list is what opens one by one ------------------------------------------------


def grow(home, seed):
    """Grow a random tree with aliases, translations and gates of every kind."""
    rng = random.Random(seed)
    products = [make_product(f"Product {number}") for number in range(3)]
    french = Locale.objects.create(language_code="fr")
    home.copy_for_translation(french)
    nodes = [home]
    for number in range(rng.randint(14, 22)):
        parent = Page.objects.get(pk=rng.choice(nodes).pk)
        model = rng.choice([PlainPage, ArticlePage, LessonPage])
        nodes.append(parent.add_child(instance=model(title=f"n{number}", slug=f"n{number}")))
    gate_some(rng, nodes[1:], products)
    for number in range(5):
        source = Page.objects.get(pk=rng.choice(nodes[1:]).pk).specific
        parent = Page.objects.get(pk=rng.choice(nodes).pk)
        alias = source.create_alias(parent=parent, update_slug=f"a{number}")
        nodes.append(alias)
        if rng.random() < 0.4:
            alias = Page.objects.get(pk=alias.pk)
            nodes.append(alias.add_child(instance=PlainPage(title=f"u{number}", slug=f"u{number}")))
    for page in rng.sample(nodes[1:], 3):
        page = Page.objects.get(pk=page.pk).specific
        if not page.has_translation(french) and not page.alias_of_id:
            page.copy_for_translation(french, copy_parents=True)
    ungated = [page for page in nodes[1:] if not Gate.objects.filter(page_id=page.pk).exists()]
    gate_some(rng, ungated, products)
    if rng.random() < 0.6:
        gated_type = ContentType.objects.get_for_model(rng.choice([ArticlePage, LessonPage]))
        put_rules(rng, Gate.objects.create(kind="page_type", page_type=gated_type), products)
    movable = [page for page in nodes[1:] if Page.objects.filter(pk=page.pk, numchild=0).exists()]
    page = Page.objects.get(pk=rng.choice(movable).pk)
    page.move(Page.objects.get(pk=home.pk), pos="last-child")
    return rng, products


def gate_some(rng, pages, products):
    for page in rng.sample(pages, min(len(pages), rng.randint(2, 6))):
        audience = rng.choices(["licensed", "members", "everyone"], [6, 1, 3])[0]
        put_rules(rng, Gate.objects.create(kind="page", page_id=page.pk, audience=audience), products)


def put_rules(rng, gate, products):
    for product in rng.sample(products, rng.randint(0, 2)):
        EntitlementRule.objects.create(gate=gate, product=product)


def oracle(page, seen=()):
    """The gates before a page, slowly: walk up, follow sources, look at translations."""
    if page.pk in seen:
        return set()
    found, extra = own_gates(page), set()
    if not found:
        found = set(Gate.objects.filter(page_type_id=page.content_type_id).values_list("pk", flat=True))
    for node in [page, *reversed(list(page.get_ancestors()))]:
        if node.alias_of_id and node.pk not in seen:
            inherited = inherited_gates(node.alias_of, (*seen, node.pk))
            if inherited:
                extra = inherited
                break
    if page.alias_of_id:
        extra |= type_gates(page.alias_of, (*seen, page.pk))
    return found | extra


def own_gates(page):
    for node in [page, *reversed(list(page.get_ancestors()))]:
        gates = Gate.objects.filter(page_id=node.pk) or Gate.objects.filter(
            page__translation_key=node.translation_key
        )
        if gates:
            return {gate.pk for gate in gates}
    return set()


def inherited_gates(page, seen):
    if page.pk in seen:
        return set()
    found = own_gates(page)
    for node in [page, *reversed(list(page.get_ancestors()))]:
        if node.alias_of_id and node.pk not in seen:
            inherited = inherited_gates(node.alias_of, (*seen, node.pk))
            if inherited:
                return found | inherited
    return found


def type_gates(page, seen):
    found = set()
    if not own_gates(page):
        found = set(Gate.objects.filter(page_type_id=page.content_type_id).values_list("pk", flat=True))
    if page.alias_of_id and page.pk not in seen:
        found |= type_gates(page.alias_of, (*seen, page.pk))
    return found


def people(rng, products, now):
    holder, granted, editor = make_user("holder"), make_user("granted"), make_user("editor")
    for product in rng.sample(products, 2):
        give(holder, product, at=now)
    gates = list(Gate.objects.all())
    assign_perm("open_gate", granted, rng.choice(gates))
    assign_perm("use_product", granted, rng.choice(products))
    group = Group.objects.create(name="Editors of a part")
    page = rng.choice(list(Page.objects.filter(depth__gte=3)))
    GroupPagePermission.objects.create(
        group=group, page=page, permission=Permission.objects.get(codename="publish_page")
    )
    editor.groups.add(group)
    return [None, holder, granted, editor, make_user("nobody", is_active=False)]


FEW, MANY = range(8), range(8, 158)


@pytest.mark.parametrize("seed", [*FEW, *(pytest.param(seed, marks=pytest.mark.deep) for seed in MANY)])
def test_a_page_is_in_the_list_exactly_when_it_opens(home, now, seed):
    rng, products = grow(home, seed)
    users = people(rng, products, now)
    pages = list(Page.objects.filter(depth__gte=2))
    index = freshness.current().index
    for page in pages:
        assert set(index.gates_of_page(page)) == oracle(page), page.title
    for user in users:
        listed = set(only_accessible(Page.objects.filter(depth__gte=2), user, now))
        assert listed == {page for page in pages if has_access(user, page, now)}
        articles = set(only_accessible(ArticlePage.objects.all(), user, now))
        assert articles == {page for page in ArticlePage.objects.all() if has_access(user, page, now)}
