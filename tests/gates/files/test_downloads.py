"""Downloads are written down, and a rule may allow so many a month."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from tests.conftest import give, make_product
from tests.gates.files.conftest import CONTENT, answer
from wagtail_licensing.access import check_access
from wagtail_licensing.gates.files import counting, streams
from wagtail_licensing.licenses import assign_seat
from wagtail_licensing.links import signed_document_url
from wagtail_licensing.models import Download, EntitlementRule, Gate

pytestmark = pytest.mark.django_db

USED_UP = "You have had all downloads of this month."


def make_document(name, collection):
    document = get_document_model()(title=name, collection=collection)
    document.file.save(f"{name}.pdf", ContentFile(CONTENT), save=False)
    document._set_document_file_metadata()
    document.save()
    document.file.close()
    return document


@pytest.fixture
def documents(gated_collection):
    return [make_document(f"file-{number}", gated_collection) for number in range(4)]


@pytest.fixture
def limited(gated_collection):
    """Pro downloads two files a month."""
    rule = EntitlementRule.objects.get()
    rule.downloads_per_month = 2
    rule.save()
    return rule


@pytest.fixture
def reader(client, member):
    client.force_login(member)
    return client


def get(client, document, **headers):
    return answer(client.get(document.url, headers=headers))


def count(user, document, at):
    decision = check_access(user, document, at)
    return counting.count_download(document=document, user=user, decision=decision, at=at)


def test_a_download_is_written_down(reader, member, documents):
    assert get(reader, documents[0]).status_code == 200
    row = Download.objects.get()
    assert (row.user, row.document, row.title) == (member, documents[0], "file-0")
    assert row.license == member.licenses.get()
    assert (row.reason, row.month.day) == ("license", 1)


def test_the_limit_holds_and_says_when_there_is_more(reader, documents, limited):
    assert [get(reader, document).status_code for document in documents] == [200, 200, 403, 403]
    refused = get(reader, documents[2])
    assert USED_UP in refused.body.decode()
    assert CONTENT[:20] not in refused.body
    assert refused["Cache-Control"] == "private, no-store"
    assert Download.objects.count() == 2


def test_what_goes_on_with_a_download_does_not_count_again(reader, documents, limited):
    first = documents[0]
    assert get(reader, first, range="bytes=0-99").status_code == 206
    assert get(reader, first, range="bytes=100-").status_code == 206
    assert get(reader, first).status_code == 200
    assert Download.objects.count() == 1
    assert get(reader, documents[1], range="bytes=5-").status_code == 206  # a part counts as the whole
    assert get(reader, documents[2], range="bytes=5-").status_code == 403
    assert get(reader, first, range="bytes=100-").status_code == 206  # at the limit it goes on too


def test_after_the_window_the_same_file_is_another_download(member, documents, limited, now, settings):
    settings.WAGTAIL_LICENSING_DOWNLOAD_WINDOW = 3600
    month = now.replace(day=1, hour=12)
    give(member, EntitlementRule.objects.get().product, at=month)
    begun = count(member, documents[0], month)
    edge = month + dt.timedelta(hours=1)
    assert count(member, documents[0], edge - dt.timedelta(microseconds=1)) is None
    assert count(member, documents[0], edge) != begun
    with pytest.raises(counting.DownloadRefused):
        count(member, documents[0], edge + dt.timedelta(hours=1))


def test_another_month_begins_at_zero(alice, pro, documents, limited, now, settings):
    settings.TIME_ZONE = "UTC"
    late = dt.datetime(2027, 1, 31, 23, 59, tzinfo=dt.UTC)
    give(alice, pro, at=late - dt.timedelta(days=3))
    for document in documents[:2]:
        count(alice, document, late)
    with pytest.raises(counting.DownloadRefused) as refusal:
        count(alice, documents[2], late)
    february = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
    assert refusal.value.decision.unlocks_at == february
    assert count(alice, documents[2], february)


@pytest.mark.parametrize("headers", [{"range": f"bytes={len(CONTENT)}-"}, {"if-none-match": "*"}])
def test_an_answer_without_the_file_does_not_count(reader, documents, limited, headers):
    assert get(reader, documents[0], **headers).status_code in (304, 416)
    assert reader.head(documents[0].url).status_code == 200
    assert not Download.objects.exists()


def test_a_file_that_is_gone_does_not_count(reader, documents, limited):
    documents[0].file.storage.delete(documents[0].file.name)
    assert get(reader, documents[0]).status_code == 404
    assert not Download.objects.exists()


def test_a_file_that_breaks_before_its_first_byte_does_not_count(
    reader, documents, limited, monkeypatch
):
    def broken(*args, **kwargs):
        raise OSError("the disk is gone")
        yield b""

    monkeypatch.setattr(streams, "_blocks", broken)
    with pytest.raises(OSError, match="disk"):
        get(reader, documents[0], range="bytes=0-9")
    assert not Download.objects.exists()


def test_a_signed_link_counts_for_whom_it_was_made(client, member, documents, limited):
    for document, status in zip(documents[:3], (200, 200, 403), strict=True):
        assert answer(client.get(signed_document_url(document, member))).status_code == status
    assert set(Download.objects.values_list("user", flat=True)) == {member.pk}


def test_nginx_sends_what_was_counted(reader, documents, limited, settings, media_folder):
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": str(media_folder)}
    assert [get(reader, each).has_header("X-Accel-Redirect") for each in documents[:3]] == [
        True,
        True,
        False,
    ]


def test_a_team_shares_what_its_license_downloads(alice, bob, team, gated_collection, documents, now):
    gate = Gate.objects.get()
    EntitlementRule.objects.create(gate=gate, product=team, downloads_per_month=2)
    license = give(alice, team, at=now)
    for person in (alice, bob):
        assign_seat(license_id=license.pk, user=person, at=now, by=give.__globals__["STAFF"])
    assert count(alice, documents[0], now)
    assert count(bob, documents[0], now)
    with pytest.raises(counting.DownloadRefused):
        count(bob, documents[1], now)


def test_a_second_license_goes_on_where_the_first_is_used_up(member, basic, documents, limited, now):
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=basic, downloads_per_month=1)
    give(member, basic, at=now)
    for document in documents[:3]:
        assert count(member, document, now)
    with pytest.raises(counting.DownloadRefused):
        count(member, documents[3], now)
    assert Download.objects.filter(license__product=basic).count() == 1


def test_one_license_without_a_limit_is_enough(member, basic, documents, limited, now):
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=basic)
    free = give(member, basic, at=now)
    assert all(count(member, document, now).license_id == free.pk for document in documents)


def test_what_is_kept_of_an_ended_license_has_its_limit_too(alice, pro, documents, limited, now):
    limited.keeps = True
    limited.save()
    give(alice, pro, at=now - dt.timedelta(days=60), ends_at=now + dt.timedelta(days=1))
    later = now + dt.timedelta(days=2)
    assert check_access(alice, documents[0], later).reason == "kept"
    for document in documents[:2]:
        count(alice, document, later)
    with pytest.raises(counting.DownloadRefused):
        count(alice, documents[2], later)


def test_editors_have_no_limit_and_free_files_no_log(client, olivia, documents, limited):
    client.force_login(olivia)
    assert all(get(client, document).status_code == 200 for document in documents)
    assert set(Download.objects.values_list("license", "reason")) == {(None, "editor")}
    Download.objects.all().delete()
    Gate.objects.update(audience="everyone")
    assert get(client, documents[0]).status_code == 200
    assert not Download.objects.exists()


def test_a_log_that_cannot_be_written_keeps_nobody_out(reader, documents, monkeypatch):
    monkeypatch.setattr(counting, "_write", lambda *args: 1 / 0)
    assert get(reader, documents[0]).status_code == 200


def test_a_limit_that_cannot_be_counted_keeps_the_file(reader, documents, limited, monkeypatch):
    monkeypatch.setattr(counting, "_write", lambda *args: 1 / 0)
    response = get(reader, documents[0])
    assert response.status_code == 503
    assert CONTENT[:20] not in response.body


def test_an_old_log_is_purged(member, documents, now, settings):
    settings.WAGTAIL_LICENSING_DOWNLOAD_LOG_RETENTION = dt.timedelta(days=40)
    count(member, documents[0], now)
    edge = now + dt.timedelta(days=40)
    assert counting.purge_downloads(at=edge) == 0
    assert counting.purge_downloads(at=edge + dt.timedelta(microseconds=1)) == 1


def test_what_is_left_costs_the_same_for_one_file_and_for_many(
    member, documents, limited, now, django_assert_num_queries
):
    count(member, documents[0], now)
    decisions = {document.pk: check_access(member, document, now) for document in documents}
    for keys in (decisions, {documents[0].pk: decisions[documents[0].pk]}):
        with django_assert_num_queries(2):
            left = counting.left_of(member, keys, now)
        assert all(row.allowance.left == 1 for row in left.values())
        assert len(left) == len(keys)


def test_who_may_not_have_the_file_writes_nothing(client, charlie, documents, limited):
    client.force_login(charlie)
    assert get(client, documents[0]).status_code == 403
    assert not Download.objects.exists()


def test_a_rule_allows_at_least_one_file(db, gated_collection):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        EntitlementRule.objects.create(
            gate=Gate.objects.get(), product=make_product("Tiny"), downloads_per_month=0
        )
