"""The dialog in which editors choose a product for a gated block."""

import pytest
from django.urls import reverse

from wagtail_licensing.models import LicenseProduct

pytestmark = pytest.mark.django_db


def test_editors_choose_from_what_people_can_still_get(client, erin, charlie, pro, team):
    LicenseProduct.objects.filter(pk=pro.pk).update(is_archived=True)
    address = reverse("wagtail_licensing_product_chooser:choose")
    client.force_login(erin)
    response = client.get(address)
    assert response.status_code == 200
    assert "Team" in response.json()["html"]
    assert "Pro" not in response.json()["html"]
    chosen = client.get(reverse("wagtail_licensing_product_chooser:chosen", args=[team.pk])).json()
    assert chosen["result"]["id"] == str(team.pk)
    client.force_login(charlie)
    assert client.get(address).status_code == 302
