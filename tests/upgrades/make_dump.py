"""Write a dump of the story at a migration, once for each release:

WAGTAIL_LICENSING_TEST_SQLITE=/tmp/empty.sqlite3 python -m tests.upgrades.make_dump 0001_initial
"""

import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.upgrades import older

    name = sys.argv[1]
    text = json.dumps(older.dump(name), indent=1, sort_keys=True)
    (older.DUMPS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
