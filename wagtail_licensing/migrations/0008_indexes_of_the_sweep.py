"""Indexes for what the clock changes: licenses that wait for their start, mirrored grants that end."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0007_mails_to_members'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='license',
            index=models.Index(
                name='wl_license_waiting',
                fields=['starts_at'],
                condition=Q(state='pending', pending_reason='start'),
            ),
        ),
        migrations.AddIndex(
            model_name='productuserpermission',
            index=models.Index(
                name='wl_product_grant_ends',
                fields=['ends_at'],
                condition=Q(license__isnull=False),
            ),
        ),
    ]
