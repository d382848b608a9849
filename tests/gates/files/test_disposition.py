"""The name under which a file is kept."""

import pytest
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.gates.files.disposition import content_disposition, safe_filename


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("guide.pdf", "guide.pdf"),
        ("gu\u202efdp.exe", "gufdp.exe"),
        ("a\u2066b\u200fc\u200b.pdf", "abc.pdf"),
        ("a\r\nSet-Cookie: b=1.pdf", "aSet-Cookie: b=1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\x.pdf", "_x.pdf"),
        ("\x00", "file"),
        ("...", "file"),
        ("Führung 日本.pdf", "Führung 日本.pdf"),
    ],
)
def test_what_deceives_is_left_out_of_names(name, safe):
    assert safe_filename(name) == safe


def test_a_long_name_keeps_its_suffix():
    assert safe_filename("x" * 300 + ".pdf") == "x" * 146 + ".pdf"
    assert len(safe_filename("x" * 300)) == 150
    assert len(safe_filename("x." + "y" * 300)) == 150


def test_quotes_end_no_value():
    header = content_disposition('a";x=.bat', attachment=True)
    assert header == "attachment; filename=\"a__x=.bat\"; filename*=UTF-8''a%22%3Bx%3D.bat"


def test_a_name_that_is_not_ascii_is_there_twice():
    header = content_disposition("Führung.pdf", attachment=False)
    assert header == "inline; filename=\"Fuhrung.pdf\"; filename*=UTF-8''F%C3%BChrung.pdf"
    assert 'filename="file"' in content_disposition("日本", attachment=True)


@given(st.text(max_size=400))
def test_every_name_makes_one_plain_header(name):
    header = content_disposition(name, attachment=True)
    response = HttpResponse()
    response["Content-Disposition"] = header
    assert header.isascii()
    assert header.count('"') == 2
    assert header.startswith('attachment; filename="')
    assert len(safe_filename(name)) <= 150
