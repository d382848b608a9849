"""Bringing a list in, on the screens: by those who may, with nothing in it that does harm."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.conftest import make_product
from wagtail_licensing.models import License, LicenseImport

pytestmark = pytest.mark.django_db

IMPORTS = "wagtail_licensing_imports"


def upload(client, text, *, name="members.csv", recipe="any"):
    file = SimpleUploadedFile(name, text.encode())
    return client.post(reverse(f"{IMPORTS}:upload"), {"file": file, "recipe": recipe})


def columns(client, record, **answers):
    form = {f"column-{name}": number for name, number in record.columns.items()}
    form |= {"date_order": "dmy", "makes_accounts": "on"} | answers
    return client.post(reverse(f"{IMPORTS}:columns", args=[record.pk]), form)


def show(client, record, **query):
    return client.get(reverse(f"{IMPORTS}:show", args=[record.pk]), query).content.decode()


def press(client, record, action):
    return client.post(reverse(f"{IMPORTS}:show", args=[record.pk]), {"action": action})


def test_from_the_file_to_the_license_and_back(client, manager, alice, pro):
    client.force_login(manager)
    answer = upload(client, "E-Mail,Ends\nalice@example.org,2099-12-31\nnobody,\n")
    record = LicenseImport.objects.get()
    assert answer.url == reverse(f"{IMPORTS}:columns", args=[record.pk])
    page = client.get(answer.url).content.decode()
    assert "Ends (2099-12-31)" in page
    assert columns(client, record, product=pro.pk).status_code == 302
    checked = show(client, record)
    assert "Nothing has been written yet" in checked
    assert "This is no e-mail address." in checked
    assert not License.objects.exists()
    press(client, record, "import")
    done = show(client, record)
    license = License.objects.get(user=alice)
    assert license.reference in done
    assert license.events.get().actor == manager
    assert record.name in client.get(reverse(f"{IMPORTS}:index")).content.decode()
    press(client, record, "undo")
    license.refresh_from_db()
    assert license.state == "revoked"
    assert "Undone" in show(client, record)


def test_words_of_the_product_column_are_asked_for_once(client, manager, alice, pro):
    gold = make_product("Gold")
    client.force_login(manager)
    upload(client, "email,plan\nalice@example.org,gold\nbob@example.org,Silver\n")
    record = LicenseImport.objects.get()
    page = columns(client, record).content.decode()
    assert "Products that the list names" in page
    assert re.search(rf'<option value="{gold.pk}" selected>', page)
    assert not record.rows.exclude(step="read").exists()
    columns(client, record, **{"words_of": "1", "word-0": "", "word-1": gold.pk})
    press(client, record, "import")
    assert License.objects.get().user == alice


def test_a_file_or_columns_that_cannot_be_used_are_told_and_lose_nothing(client, manager, pro):
    client.force_login(manager)
    assert "The file is empty." in upload(client, "").content.decode()
    assert "a header and no rows" in upload(client, "email\n").content.decode()
    assert not LicenseImport.objects.exists()
    upload(client, "who\nalice@example.org\n")
    record = LicenseImport.objects.get()
    answer = columns(client, record, product=pro.pk)
    assert answer.status_code == 200
    assert "required" in answer.content.decode()
    assert columns(client, record, **{"column-email": "7"}).status_code == 200
    assert press(client, record, "import").status_code == 302
    assert not License.objects.exists()


def test_what_is_left_out_comes_as_a_file_without_formulas(client, manager, pro):
    client.force_login(manager)
    upload(client, 'email,name\n"=cmd()@x",<script>alert(1)</script>\n')
    record = LicenseImport.objects.get()
    columns(client, record, product=pro.pk)
    page = show(client, record)
    assert "<script>alert" not in page
    file = b"".join(client.get(reverse(f"{IMPORTS}:errors", args=[record.pk])).streaming_content)
    assert b"'=cmd()@x" in file
    assert b"This is no e-mail address." in file


def test_the_screen_costs_the_same_for_many_rows(client, manager, pro, django_assert_max_num_queries):
    client.force_login(manager)
    rows = "".join(f"p{number}@example.org\n" for number in range(120))
    upload(client, f"email\n{rows}")
    record = LicenseImport.objects.get()
    columns(client, record, product=pro.pk)
    press(client, record, "import")
    assert License.objects.count() == 120
    with django_assert_max_num_queries(25):
        page = show(client, record, outcome="create", p=2)
    assert "p60@example.org" in page
    assert "p10@example.org" not in page


def test_nobody_else_sees_or_takes_a_step(client, manager, viewer, erin, pro):
    client.force_login(manager)
    upload(client, "email\nalice@example.org\n")
    record = LicenseImport.objects.get()
    columns(client, record, product=pro.pk)
    for person in (viewer, erin):
        client.force_login(person)
        for name in ("show", "columns", "errors"):
            assert client.get(reverse(f"{IMPORTS}:{name}", args=[record.pk])).status_code == 302
        assert client.get(reverse(f"{IMPORTS}:upload")).status_code == 302
        assert upload(client, "email\na@example.org\n").status_code == 302
        assert press(client, record, "import").status_code == 302
    assert not License.objects.exists()
    assert LicenseImport.objects.count() == 1
