"""A page about a file in versions."""

import django.db.models.deletion
import django.utils.timezone
import modelcluster.fields
import swapper
from django.db import migrations, models
from wagtail.documents import get_document_model_string


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0004_recipe_page"),
        migrations.swappable_dependency(get_document_model_string()),
    ]

    operations = [
        migrations.CreateModel(
            name="FilePage",
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
            ],
            options={
                "abstract": False,
            },
            bases=(swapper.get_model_name("wagtailcore", "Page").lower(), models.Model),
        ),
        migrations.CreateModel(
            name="FileVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.CharField(help_text="Such as 2.1.", max_length=40, verbose_name="version"),
                ),
                (
                    "released_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="released"),
                ),
                ("notes", models.TextField(blank=True, verbose_name="what is new")),
                (
                    "document",
                    models.ForeignKey(
                        help_text="A new document for each version, in a collection behind a gate.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=get_document_model_string(),
                        verbose_name="document",
                    ),
                ),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="testapp.filepage",
                    ),
                ),
            ],
            options={
                "ordering": ["-released_at", "-pk"],
                "abstract": False,
            },
        ),
    ]
