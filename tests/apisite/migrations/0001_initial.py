"""The models of the site of the APIs."""

import django.db.models.deletion
import modelcluster.fields
import swapper
import wagtail.fields
from django.db import migrations, models
from wagtail.documents import get_document_model_string
from wagtail.images import get_image_model_string

PAGE = swapper.get_model_name("wagtailcore", "Page")
DOCUMENT = get_document_model_string()
IMAGE = get_image_model_string()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("testapp", "0002_article_related"),
        ("wagtailcore", "0094_alter_page_locale"),
        migrations.swappable_dependency(DOCUMENT),
        migrations.swappable_dependency(IMAGE),
        migrations.swappable_dependency(PAGE),
    ]

    operations = [
        migrations.CreateModel(
            name="TeaserPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=PAGE,
                    ),
                ),
                ("introduction", models.CharField(blank=True, max_length=200)),
                ("rating", models.IntegerField(default=0)),
                ("body", wagtail.fields.RichTextField(blank=True)),
                (
                    "notes",
                    wagtail.fields.StreamField(
                        [("text", 0)],
                        blank=True,
                        block_lookup={0: ("wagtail.blocks.RichTextBlock", (), {})},
                    ),
                ),
                (
                    "related",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=(PAGE.lower(), models.Model),
        ),
        migrations.CreateModel(
            name="HubPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=PAGE,
                    ),
                ),
                (
                    "content",
                    wagtail.fields.StreamField(
                        [
                            ("page", 0),
                            ("document", 1),
                            ("image", 2),
                            ("text", 3),
                            ("whole_page", 4),
                            ("card", 8),
                            ("pair", 9),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.PageChooserBlock", (), {}),
                            1: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                            2: ("wagtail.images.blocks.ImageChooserBlock", (), {}),
                            3: ("wagtail.blocks.RichTextBlock", (), {}),
                            4: ("tests.apisite.models.WholePageBlock", (), {}),
                            5: ("wagtail.blocks.CharBlock", (), {}),
                            6: ("wagtail.blocks.ListBlock", (0,), {}),
                            7: ("wagtail.blocks.StreamBlock", [[("page", 0)]], {}),
                            8: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("heading", 5),
                                        ("page", 0),
                                        ("document", 1),
                                        ("more", 6),
                                        ("stream", 7),
                                    ]
                                ],
                                {},
                            ),
                            9: ("wagtail.blocks.StructBlock", [[("page", 0), ("document", 1)]], {}),
                        },
                    ),
                ),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="testapp.articlepage",
                    ),
                ),
                (
                    "articles",
                    modelcluster.fields.ParentalManyToManyField(
                        blank=True, related_name="+", to="testapp.articlepage"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=DOCUMENT,
                    ),
                ),
                (
                    "hub",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="apisite.hubpage",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=IMAGE,
                    ),
                ),
                (
                    "related",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=(PAGE.lower(),),
        ),
        migrations.CreateModel(
            name="HubLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="testapp.articlepage",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=DOCUMENT,
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE,
                    ),
                ),
                (
                    "hub",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="apisite.hubpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SilentTeaserPage",
            fields=[
                (
                    "teaserpage_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="apisite.teaserpage",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("apisite.teaserpage",),
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="testapp.articlepage",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=DOCUMENT,
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="hubpage",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="apisite.topic",
            ),
        ),
    ]
