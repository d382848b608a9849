"""An index of the lines of history by which a license went to another holder."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0025_receipts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='licenseevent',
            index=models.Index(condition=models.Q(('kind', 'transferred')), fields=['license'], name='wl_event_transferred'),
        ),
    ]
