"""Files in versions, files of lessons, sections and certificates."""

import django.db.models.deletion
import django.utils.timezone
import modelcluster.fields
import swapper
from django.db import migrations, models
from wagtail.documents import get_document_model_string


class Migration(migrations.Migration):
    dependencies = [
        ("example_site", "0002_article_parts"),
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
                (
                    "introduction",
                    models.TextField(help_text="Everybody sees it.", verbose_name="introduction"),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=(swapper.get_model_name("wagtailcore", "Page").lower(), models.Model),
        ),
        migrations.AddField(
            model_name="coursepage",
            name="gives_certificate",
            field=models.BooleanField(
                default=False,
                help_text="To members who have done every lesson.",
                verbose_name="gives a certificate",
            ),
        ),
        migrations.AddField(
            model_name="lessonpage",
            name="section",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Heading of the section that begins with this lesson, if one does.",
                max_length=120,
                verbose_name="section",
            ),
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
                        to="example_site.filepage",
                    ),
                ),
            ],
            options={
                "ordering": ["-released_at", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LessonFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "document",
                    models.ForeignKey(
                        help_text="In a collection behind a gate, as the lesson is.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=get_document_model_string(),
                        verbose_name="document",
                    ),
                ),
                (
                    "lesson",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="example_site.lessonpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
    ]
