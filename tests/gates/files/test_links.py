"""Signed links: one document, one person, a while; and the gate is asked all the same."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.signing import Signer
from django.template import Context, Template
from django.test import RequestFactory
from wagtail.documents import get_document_model
from wagtail.models import CollectionViewRestriction

from tests.conftest import give, make_user
from tests.gates.files.conftest import CONTENT, answer
from wagtail_licensing.access import Persona
from wagtail_licensing.gates.files import links
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.links import signed_document_url
from wagtail_licensing.models import Gate, License

pytestmark = pytest.mark.django_db
NO_STORE = "private, no-store"


def token_of(url):
    return url.split("/signed/")[1].split("/")[0]


def open_link(client, url, **headers):
    return answer(client.get(url, headers=headers))


def test_who_has_the_link_and_no_session_gets_the_file(client, member, gated_document):
    url = signed_document_url(gated_document, member)
    assert url.endswith("/handbook.pdf")
    assert "?" not in url
    response = open_link(client, url)
    assert (response.status_code, response.body) == (200, CONTENT)
    assert response["Cache-Control"] == NO_STORE
    assert response["Referrer-Policy"] == "no-referrer"
    part = open_link(client, url, range="bytes=0-4")
    assert (part.status_code, part.body) == (206, CONTENT[:5])
    assert answer(client.head(url))["Content-Length"] == str(len(CONTENT))
    assert "sessionid" not in response.cookies


def test_the_owner_may_be_signed_in(client, member, gated_document):
    client.force_login(member)
    assert open_link(client, signed_document_url(gated_document, member)).status_code == 200


def test_nobody_else_who_is_signed_in_may_use_it(client, member, charlie, bob, pro, now, gated_document):
    give(bob, pro, at=now)
    url = signed_document_url(gated_document, member)
    for other in (charlie, bob):
        client.force_login(other)
        response = open_link(client, url)
        assert (response.status_code, response["Cache-Control"]) == (403, NO_STORE)
        assert CONTENT[:20] not in response.body


def test_access_that_has_ended_ends_the_link(client, member, gated_document, now):
    url = signed_document_url(gated_document, member)
    revoke_license(license_id=License.objects.get(user=member).pk, at=now, by=give.__globals__["STAFF"])
    response = open_link(client, url, range="bytes=0-4")
    assert (response.status_code, response["Cache-Control"]) == (403, NO_STORE)
    assert "ETag" not in response
    assert token_of(url).encode() not in response.body


def test_a_link_for_a_stranger_opens_nothing(client, charlie, gated_document):
    assert open_link(client, signed_document_url(gated_document, charlie)).status_code == 403


def test_a_hidden_document_is_404_by_its_link_too(client, charlie, gated_document):
    Gate.objects.update(without_access="not_found")
    response = open_link(client, signed_document_url(gated_document, charlie))
    assert (response.status_code, response["Cache-Control"]) == (404, NO_STORE)


def test_a_closed_account_ends_the_link(client, member, gated_document):
    url = signed_document_url(gated_document, member)
    member.is_active = False
    member.save()
    assert open_link(client, url).status_code == 404


def test_a_new_password_ends_the_link(client, member, gated_document):
    url = signed_document_url(gated_document, member)
    member.set_password("another")
    member.save()
    assert open_link(client, url).status_code == 404


def test_another_file_ends_the_link(client, member, gated_document):
    url = signed_document_url(gated_document, member)
    gated_document.file.delete(save=False)
    get_document_model().objects.filter(pk=gated_document.pk).update(file="")
    gated_document.file.save("elsewhere/handbook.pdf", ContentFile(b"new"))
    assert open_link(client, url).status_code == 404


def test_the_end_is_exclusive(client, member, gated_document, now, monkeypatch):
    url = signed_document_url(gated_document, member, max_age=60, at=now)
    monkeypatch.setattr(links, "now", lambda: now + timedelta(seconds=59))
    assert open_link(client, url).status_code == 200
    monkeypatch.setattr(links, "now", lambda: now + timedelta(seconds=60))
    response = open_link(client, url)
    assert (response.status_code, response["Location"]) == (302, gated_document.url)
    assert response["Cache-Control"] == NO_STORE
    assert open_link(client, response["Location"]).status_code == 403


def test_the_lifetime_is_a_setting(client, member, gated_document, now, settings):
    for lifetime, seconds in ((timedelta(minutes=1), 60), (30, 30)):
        settings.WAGTAIL_LICENSING_SIGNED_LINK_LIFETIME = lifetime
        link = links.read_link(token_of(signed_document_url(gated_document, member, at=now)))
        assert link.until == int(now.timestamp()) + seconds
    settings.WAGTAIL_LICENSING_SIGNED_LINK_LIFETIME = timedelta(hours=1)
    given = signed_document_url(gated_document, member, max_age=timedelta(seconds=5), at=now)
    assert links.read_link(token_of(given)).until == int(now.timestamp()) + 5


@pytest.mark.parametrize("max_age", [0, -1, timedelta(0)])
def test_a_link_that_never_works_is_refused(member, document, max_age):
    with pytest.raises(ValueError):
        signed_document_url(document, member, max_age=max_age)


def test_a_link_is_for_a_person_and_a_document(document, image, member):
    for user in (None, AnonymousUser()):
        with pytest.raises(ValueError):
            signed_document_url(document, user)
    for other in (get_document_model()(title="new"), image, member):
        with pytest.raises(ValueError):
            signed_document_url(other, member)


def test_a_request_makes_the_link_absolute(document, member):
    request = RequestFactory().get("/")
    assert signed_document_url(document, member, request=request).startswith("http://testserver/")


def whose(user, kind, pk=1):
    return [str(user.pk), kind, str(pk), 9999999999]


def forged(document, member, charlie):
    """Links that are not ours, by what was done to a good one."""
    url = signed_document_url(document, member)
    token = token_of(url)
    payload, signature = token.rsplit(":", 1)
    other = make_user("eve")
    return {
        "changed": url.replace(token, f"{payload[:-2]}AA:{signature}"),
        "unsigned": url.replace(token, payload),
        "empty signature": url.replace(token, f"{payload}:"),
        "signed for something else": url.replace(token, Signer(salt="x").sign_object([1, 2, 3, "4"])),
        "nonsense": url.replace(token, "nonsense"),
        "another shape": url.replace(token, Signer(salt=links._SALT).sign_object({"user": 1})),
        "too few": url.replace(token, Signer(salt=links._SALT).sign_object([1, 2])),
        "no ids": url.replace(
            token, Signer(salt=links._SALT).sign_object(["x", "document", "y", 9999999999, "z"])
        ),
        "no kind": url.replace(
            token,
            Signer(salt=links._SALT).sign_object(
                [*whose(member, "image"), links._stamp(document, member)]
            ),
        ),
        "another name": url.replace("handbook.pdf", "other.pdf"),
        "another person's stamp": url.replace(
            token,
            Signer(salt=links._SALT).sign_object(
                [*whose(other, "document", document.pk), links._stamp(document, charlie)]
            ),
        ),
    }


def test_what_is_not_our_link_is_404_and_tells_nothing(client, member, charlie, gated_document):
    for what, url in forged(gated_document, member, charlie).items():
        response = open_link(client, url, range="bytes=0-1")
        assert (response.status_code, response["Cache-Control"]) == (404, NO_STORE), what
        assert CONTENT[:20] not in response.body


def test_no_log_holds_the_token(client, member, charlie, gated_document, caplog, now):
    caplog.set_level(logging.DEBUG)
    good = signed_document_url(gated_document, member)
    urls = [good, good.replace("handbook.pdf", "x.pdf"), signed_document_url(gated_document, charlie)]
    for url in urls:
        open_link(client, url)
        open_link(client, url, **{"if-match": '"x"'})
    client.force_login(charlie)
    open_link(client, good)
    answer(client.post(good))
    texts = " ".join(record.getMessage() for record in caplog.records)
    assert "Forbidden" in texts
    for url in urls:
        assert token_of(url) not in texts
        assert token_of(url)[:30] not in texts


@pytest.mark.parametrize("mode", ["login", "teaser"])
def test_a_sign_in_page_leads_back_to_the_document(client, charlie, gated_document, mode):
    Gate.objects.update(without_access=mode)
    response = open_link(client, signed_document_url(gated_document, charlie))
    assert "files/signed" not in str(response.headers) + response.body.decode()


def test_wagtails_own_privacy_holds_for_links(client, member, gated_document):
    restriction = CollectionViewRestriction.objects.create(
        collection=gated_document.collection, restriction_type="login"
    )
    url = signed_document_url(gated_document, member)
    assert open_link(client, url).status_code == 200
    restriction.restriction_type = "groups"
    restriction.save()
    response = open_link(client, url)
    assert CONTENT[:20] not in response.body
    assert response["Cache-Control"] == NO_STORE


def test_a_document_without_a_gate_has_links_too(client, charlie, document):
    response = open_link(client, signed_document_url(document, charlie))
    assert (response.status_code, response["Cache-Control"]) == (200, NO_STORE)


def test_a_link_costs_two_queries_and_the_decision(
    client, member, gated_document, django_assert_num_queries
):
    url = signed_document_url(gated_document, member)
    open_link(client, url)
    # document and person, the decision, and what Wagtail asks: the document, the privacy twice;
    # and whether the download goes on
    with django_assert_num_queries(7):
        open_link(client, url)


def rendered(source, **context):
    return Template("{% load wagtail_licensing_tags %}" + source).render(Context(context))


def a_request(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_the_tag_makes_a_link_for_the_visitor(client, member, charlie, gated_document):
    tag = "{% signed_document_url document %}"
    request = a_request(member)
    url = rendered(tag, document=gated_document, request=request)
    assert url.startswith("http://testserver/licensing/files/signed/")
    assert was_touched(request)
    assert open_link(client, url).body == CONTENT
    closed = rendered(tag, document=gated_document, request=a_request(charlie))
    assert open_link(client, closed).status_code == 403
    client.force_login(charlie)
    assert open_link(client, url).status_code == 403


def test_the_tag_gives_strangers_and_personas_the_address_that_asks(client, gated_document, pro):
    tag = "{% signed_document_url document %}"
    for user in (AnonymousUser(), Persona.holding([pro.pk])):
        assert rendered(tag, document=gated_document, request=a_request(user)) == gated_document.url
    assert rendered(tag, document=gated_document) == gated_document.url
    assert open_link(client, gated_document.url).status_code == 403


def test_the_tag_makes_links_for_letters_and_for_a_while(
    client, member, gated_document, now, monkeypatch
):
    tag = "{% signed_document_url document user=person max_age=60 as link %}{{ link }}"
    url = rendered(tag, document=gated_document, person=member)
    assert url.startswith("/licensing/files/signed/")
    assert open_link(client, url).status_code == 200
    monkeypatch.setattr(links, "now", lambda: now + timedelta(seconds=62))
    assert open_link(client, url).status_code == 302


def test_a_fragment_with_such_a_link_is_not_kept(member, bob, gated_document):
    cached = "{% load cache %}{% cache 600 x %}{% signed_document_url document %}{% endcache %}"
    kept = "{% licensingcache 600 x %}{% signed_document_url document %}{% endlicensingcache %}"
    for source in (cached, kept):
        for user in (member, bob, member, bob, AnonymousUser()):
            url = rendered(source, document=gated_document, request=a_request(user))
            if user.is_authenticated:
                assert links.read_link(token_of(url)).user_id == str(user.pk)
            else:
                assert url == gated_document.url
