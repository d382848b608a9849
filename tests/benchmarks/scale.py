"""How large the site is. WAGTAIL_LICENSING_BENCH_SCALE=0.1 is a tenth of it, for a look in a hurry;
WAGTAIL_LICENSING_BENCH_LICENSES=1000000 has a million licenses on it, and
WAGTAIL_LICENSING_BENCH_SUBSCRIPTIONS=100000 so many subscriptions at Stripe."""

import os

SCALE = float(os.environ.get("WAGTAIL_LICENSING_BENCH_SCALE", "1"))
PAGES = max(int(100_000 * SCALE), 15_000)
LICENSES = int(os.environ.get("WAGTAIL_LICENSING_BENCH_LICENSES", max(int(100_000 * SCALE), 1_000)))
SUBSCRIPTIONS = int(os.environ.get("WAGTAIL_LICENSING_BENCH_SUBSCRIPTIONS", 10_000))
DEPTHS = (4, 8, 16, 32, 42)

#: So many pages have the word in their titles and are in the search index.
SEARCHED = 400
WORD = "zebra"
