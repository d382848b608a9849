"""A page of blocks."""

import django.db.models.deletion
import swapper
import wagtail.fields
from django.db import migrations, models

SETTINGS = [("only_for", 3), ("only_in_area", 4), ("otherwise", 5)]

BLOCKS = {
    0: ("wagtail.blocks.TextBlock", (), {}),
    1: ("wagtail.blocks.RichTextBlock", (), {}),
    2: ("wagtail.blocks.CharBlock", (), {}),
    3: ("wagtail_licensing.blocks.ProductsBlock", (), {}),
    4: ("wagtail_licensing.blocks.AreaBlock", (), {}),
    5: ("wagtail_licensing.blocks.TeaserBlock", (), {}),
    6: ("wagtail.blocks.StructBlock", [[("heading", 2), ("text", 0), *SETTINGS]], {}),
    7: ("wagtail.blocks.StreamBlock", [[("text", 0)]], {}),
    8: ("wagtail.blocks.StructBlock", [[("content", 7), *SETTINGS]], {}),
    9: ("wagtail.blocks.StructBlock", [[("text", 0), *SETTINGS]], {}),
    10: ("wagtail.blocks.ListBlock", (9,), {}),
    11: ("wagtail.blocks.StructBlock", [[("inner", 9)]], {"template": "testapp/card.html"}),
    12: ("wagtail_licensing.blocks.PaywallLineBlock", (), {}),
}

STREAM = [
    ("text", 0),
    ("rich", 1),
    ("gated", 6),
    ("callout", 6),
    ("group", 8),
    ("list", 10),
    ("card", 11),
    ("line", 12),
]


class Migration(migrations.Migration):
    dependencies = [("testapp", "0002_article_related")]

    operations = [
        migrations.CreateModel(
            name="StreamPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=swapper.get_model_name("wagtailcore", "Page"),
                    ),
                ),
                ("body", wagtail.fields.StreamField(STREAM, blank=True, block_lookup=BLOCKS)),
            ],
            options={"abstract": False},
            bases=(swapper.get_model_name("wagtailcore", "Page").lower(), models.Model),
        ),
    ]
