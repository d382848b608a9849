"""The import from a shell: a check by default, licenses only when that is asked for."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import make_product
from wagtail_licensing.models import License

pytestmark = pytest.mark.django_db


def run(path, *options):
    out = io.StringIO()
    call_command("licensing_import", str(path), *options, stdout=out, verbosity=0)
    return out.getvalue()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("email,plan\na@example.org,Pro\nb@example.org,Old gold\nc,Pro\n")
    return path


def test_a_check_says_what_would_happen(path, pro):
    said = run(path)
    assert "create: 1" in said
    assert "error (bad_email): 1" in said
    assert "error (unknown_product): 1" in said
    assert "no license was written" in said
    assert not License.objects.exists()


def test_it_brings_in_what_the_check_found_good(path, pro):
    gold = make_product("Gold")
    assert "Done: 3 rows" in run(path, "--commit", "--map", "Old gold=gold")
    assert set(License.objects.values_list("user__email", "product")) == {
        ("a@example.org", pro.pk),
        ("b@example.org", gold.pk),
    }


@pytest.mark.parametrize("options", [("--product", "none"), ("--map", "Old gold"), ("--map", "a=b")])
def test_options_that_mean_nothing_are_refused(path, pro, options):
    with pytest.raises(CommandError):
        run(path, *options)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot be used"):
        run(tmp_path / "missing.csv")
