"""Courses give certificates, lessons begin sections."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0005_file_page"),
    ]

    operations = [
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
    ]
