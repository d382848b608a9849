"""An article can have a body of parts, with a paywall line."""

import wagtail.fields
from django.db import migrations

BLOCKS = {
    0: ("wagtail.blocks.RichTextBlock", (), {}),
    1: ("wagtail_licensing.blocks.PaywallLineBlock", (), {}),
    2: ("wagtail_licensing.blocks.ProductsBlock", (), {}),
    3: ("wagtail_licensing.blocks.AreaBlock", (), {}),
    4: ("wagtail_licensing.blocks.TeaserBlock", (), {}),
    5: (
        "wagtail.blocks.StructBlock",
        [[("text", 0), ("only_for", 2), ("only_in_area", 3), ("otherwise", 4)]],
        {},
    ),
}


class Migration(migrations.Migration):
    dependencies = [("example_site", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="articlepage",
            name="parts",
            field=wagtail.fields.StreamField(
                [("text", 0), ("line", 1), ("gated", 5)],
                blank=True,
                block_lookup=BLOCKS,
                verbose_name="parts",
            ),
        ),
        migrations.AlterField(
            model_name="articlepage",
            name="body",
            field=wagtail.fields.RichTextField(blank=True, verbose_name="body"),
        ),
    ]
