"""The address of the return page is typed by anybody."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("nonce", ["a%00b", "%00", "no-such", "%F0%9F%94%92", "x" * 500])
def test_an_address_of_no_checkout_is_not_found(client, charlie, nonce):
    client.force_login(charlie)
    answer = client.get(f"/licensing/checkout/{nonce}/")
    assert answer.status_code == 404
