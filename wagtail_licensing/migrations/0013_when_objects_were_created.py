"""Where an object stands in Stripe's list of its kind, so that many that wait are read as a list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wagtail_licensing", "0012_quizzes_and_certificates")]

    operations = [
        migrations.AddField(
            model_name="synctarget",
            name="object_created",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
