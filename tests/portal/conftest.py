"""Things for sale, and people who have bought them: rows as billing writes them."""

import pytest

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.portal.sales import make_price
from wagtail_licensing.models import ProductPrice

__all__ = ["deliver", "monthly", "stripe", "stripe_world"]


@pytest.fixture
def monthly(pro) -> ProductPrice:
    """Pro by the month."""
    return make_price(pro, 1200, "month")
