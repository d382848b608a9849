"""{% licensingcache %}: kept for everybody where no gate matters, for nobody else where one does."""

import datetime as dt
from itertools import count

import pytest
import time_machine
from django.core.cache import caches
from django.db import transaction
from django.template import TemplateSyntaxError

from tests.blocks.conftest import a_request, rendered
from tests.conftest import CANARY, STAFF, gate_page, give, make_user
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import Persona, only_accessible
from wagtail_licensing.gates.caches import touched
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.models import Gate, GateStamp, License

pytestmark = pytest.mark.django_db

LONG_AGO = dt.timedelta(days=3)


@pytest.fixture(autouse=True)
def a_cache(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "other": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "other"},
    }
    for name in ("default", "other"):
        caches[name].clear()


@pytest.fixture
def member(alice, pro, now):
    give(alice, pro, at=now - LONG_AGO)
    return alice


class Fragment:
    """A fragment of a template that says how often it was put together."""

    def __init__(self, content, arguments='600 "part"'):
        self.source = "{% licensingcache " + arguments + " %}" + content + "{% endlicensingcache %}"
        self.made = count()
        self.times = 0

    def __call__(self, user=None, request=None, **context):
        request = request or a_request(user)
        return rendered(self.source, request=request, made=self.make, **context)

    def make(self):
        self.times += 1
        return ""

    def is_kept_for(self, user=None, **context):
        """Tell whether it is not put together any more, once it had been twice."""
        for _ in range(3):
            self(user, **context)
        before = self.times
        self(user, **context)
        return self.times == before


def open_fragment():
    return Fragment("{{ made }}menu")


def list_fragment():
    listed = "{% for one in found %}{{ one.body }}{% endfor %}"
    return Fragment("{% accessible pages as found %}" + listed)


def gated_fragment(arguments='600 "part"'):
    return Fragment(
        "{{ made }}{% if_licensed page=article %}" + CANARY + "{% else %}buy{% endif_licensed %}",
        arguments,
    )


def test_what_asks_no_gate_is_kept_for_everybody(
    member, charlie, gated_article, django_assert_num_queries
):
    fragment = open_fragment()
    fragment(member)
    with django_assert_num_queries(0):
        assert [fragment(user) for user in (charlie, None, member)] == ["menu"] * 3
    assert fragment.times == 1


def test_what_a_gate_was_asked_for_is_kept_for_one_person(
    member, bob, charlie, gated_article, pro, now, django_assert_num_queries
):
    give(bob, pro, at=now - LONG_AGO)
    fragment = gated_fragment()
    for user, text in ((member, CANARY), (charlie, "buy"), (bob, CANARY)):
        before = fragment.times
        assert fragment(user, article=gated_article) == text
        assert fragment.times == before + 1, "kept from somebody else"
        assert fragment.is_kept_for(user, article=gated_article)
    with django_assert_num_queries(1):
        assert fragment(member, article=gated_article) == CANARY
    assert fragment(charlie, article=gated_article) == "buy"


def test_strangers_share_theirs_and_cost_no_query(member, gated_article, django_assert_num_queries):
    fragment = gated_fragment()
    assert fragment.is_kept_for(member, article=gated_article)
    assert fragment(None, article=gated_article) == "buy"
    assert fragment.is_kept_for(None, article=gated_article)
    with django_assert_num_queries(0):
        assert fragment(None, article=gated_article) == "buy"


def test_it_ends_with_the_license(member, gated_article, pro, now):
    fragment = gated_fragment()
    assert fragment.is_kept_for(member, article=gated_article)
    revoke_license(license_id=License.objects.get(user=member).pk, at=now, by=STAFF)
    assert fragment(member, article=gated_article) == "buy"


def test_it_ends_at_the_instant_at_which_access_does(alice, gated_article, pro, now):
    end = now + dt.timedelta(hours=1)
    give(alice, pro, at=now - LONG_AGO, ends_at=end)
    fragment = gated_fragment('86400 "part"')
    with time_machine.travel(end - dt.timedelta(seconds=1), tick=False):
        assert fragment.is_kept_for(alice, article=gated_article)
        assert fragment(alice, article=gated_article) == CANARY
    with time_machine.travel(end, tick=False):
        assert fragment(alice, article=gated_article) == "buy"


def test_it_opens_and_closes_with_the_dates_of_a_gate_for_strangers_too(article, pro, now):
    until = now + dt.timedelta(hours=1)
    gate_page(article, pro, free_until=until)
    fragment = gated_fragment('86400 "part"')
    with time_machine.travel(until - dt.timedelta(seconds=1), tick=False):
        assert fragment.is_kept_for(None, article=article)
        assert fragment(None, article=article) == CANARY
    with time_machine.travel(until, tick=False):
        assert fragment(None, article=article) == "buy"
        assert not fragment.is_kept_for(None, article=article), "a part may be from before"
    with time_machine.travel(until + dt.timedelta(seconds=61), tick=False):
        assert fragment.is_kept_for(None, article=article)


def test_a_change_of_the_gates_makes_everything_anew(charlie, article, pro, basic):
    fragment = Fragment(
        "{% accessible pages as found %}{% for one in found %}{{ one.body }}{% endfor %}"
    )
    pages = ArticlePage.objects.all()
    assert CANARY in fragment(None, pages=pages)
    assert CANARY in fragment(charlie, pages=pages)
    gate = gate_page(article, pro)
    for user in (None, charlie):
        assert CANARY not in fragment(user, pages=pages)
    gate.delete()
    assert CANARY in fragment(charlie, pages=pages)


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_leaves_nothing_behind(charlie, article, pro):
    gate_page(article, pro)
    fragment, pages = list_fragment(), ArticlePage.objects.all()

    def undo():
        with transaction.atomic():
            Gate.objects.all().delete()
            assert CANARY in fragment(charlie, pages=pages)
            transaction.set_rollback(True)

    undo()
    # Nor do the versions that come next bring it back.
    for _ in range(3):
        for user in (charlie, None):
            assert CANARY not in fragment(user, pages=pages)
        GateStamp.raise_version()


def test_a_new_license_opens_at_once(charlie, gated_article, pro, now):
    fragment = gated_fragment()
    assert fragment.is_kept_for(charlie, article=gated_article)
    give(charlie, pro, at=now)
    assert fragment(charlie, article=gated_article) == CANARY
    assert not fragment.is_kept_for(charlie, article=gated_article), "too young"


@pytest.mark.parametrize("name", ["erin", "olivia"])
def test_people_with_rights_are_asked_each_time(request, name, charlie, gated_article):
    user = request.getfixturevalue(name)
    fragment = gated_fragment()
    assert fragment(user, article=gated_article) == CANARY
    assert not fragment.is_kept_for(user, article=gated_article)
    assert fragment(charlie, article=gated_article) == "buy"


def test_previews_personas_and_templates_without_a_request_keep_nothing(member, gated_article, pro):
    fragment = Fragment("{{ made }}draft", '600 "draft"')
    preview = a_request(member)
    preview.is_preview = True
    assert fragment(request=preview) == "draft"
    assert rendered(fragment.source, made=fragment.make) == "draft"
    fragment()
    assert fragment.times == 3
    gated = gated_fragment()
    assert gated(Persona.holding([pro.pk]), article=gated_article) == CANARY
    assert not gated.is_kept_for(Persona.holding([pro.pk]), article=gated_article)
    assert gated(Persona.member(), article=gated_article) == "buy"


def test_what_was_kept_while_held_is_asked_each_time(alice, article, pro, now):
    article.first_published_at = now - LONG_AGO
    article.save()
    gate = gate_page(article, pro)
    gate.rules.update(keeps=True)
    gate.save()
    give(alice, pro, at=now - 2 * LONG_AGO, ends_at=now - dt.timedelta(days=1))
    fragment = gated_fragment()
    assert fragment(alice, article=article) == CANARY
    assert not fragment.is_kept_for(alice, article=article)


def test_what_the_view_has_narrowed_is_kept_for_one_person(
    member, charlie, bob, gated_article, pro, now
):
    give(bob, pro, at=now - LONG_AGO)
    fragment = Fragment("{{ made }}{% for page in pages %}{{ page.body }}{% endfor %}")

    def shown(user):
        request = a_request(user)
        request._licensing_touched = True
        return fragment(request=request, pages=only_accessible(ArticlePage.objects.all(), user))

    for user in (member, bob):
        before = fragment.times
        assert CANARY in shown(user)
        assert fragment.times == before + 1
        shown(user)
        assert fragment.times == before + 1
    assert shown(charlie) == ""


def test_what_is_read_from_it_marks_the_answer_and_what_is_around_it(member, gated_article):
    fragment = gated_fragment()
    assert fragment.is_kept_for(member, article=gated_article)
    request = a_request(member)
    fragment(request=request, article=gated_article)
    assert was_touched(request)
    assert touched(request)
    around = "{% load cache %}{% cache 600 around %}" + fragment.source + "{% endcache %}"
    context = {"article": gated_article, "made": fragment.make}
    assert CANARY in rendered(around, request=a_request(member), **context)
    assert CANARY not in rendered(around, request=a_request(make_user("eve")), **context)


def test_it_varies_as_it_is_told_and_goes_into_the_cache_that_is_named(gated_article):
    fragment = Fragment("{{ made }}{{ what }}", '600 "part" what using="other"')
    assert fragment(what="a") == "a"
    assert fragment(what="b") == "b"
    assert fragment(what="a") == "a"
    assert fragment.times == 2
    assert not caches["default"]._cache
    assert len(caches["other"]._cache) == 2


def test_it_is_made_again_when_its_time_is_over(gated_article, now):
    fragment = Fragment("{{ made }}x", "60 part")
    fragment()
    with time_machine.travel(now + dt.timedelta(seconds=120), tick=False):
        fragment()
    assert fragment.times == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "timeout"),
        ("600", "timeout"),
        ('"soon" name', "seconds"),
        ("missing.name name", "seconds"),
        ('600 name using="none"', "no cache"),
    ],
)
def test_mistakes_are_named(arguments, words, db):
    with pytest.raises(TemplateSyntaxError, match=words):
        Fragment("x", arguments)()


def test_a_page_that_is_read_on_the_meter_is_not_kept(client, charlie, article, pro, settings):
    gate_page(article, pro, free_reads=1)
    client.force_login(charlie)
    response = client.get(article.url)
    assert CANARY in response.content.decode()
    request = response.wsgi_request
    fragment = Fragment("{{ made }}{{ page.body }}")
    assert CANARY in fragment(request=request, page=article)
    fragment(request=request, page=article)
    assert fragment.times == 2
