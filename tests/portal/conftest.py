"""Things for sale, and people who have bought them: rows as billing writes them."""

import pytest

from tests.portal.sales import make_price
from wagtail_licensing.models import ProductPrice


@pytest.fixture
def monthly(pro) -> ProductPrice:
    """Pro by the month."""
    return make_price(pro, 1200, "month")
