"""Indexes for what the sweep forgets: claims that are over, offers that are closed, guests."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0023_organizations_buy'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='licenseclaim',
            index=models.Index(
                name='wl_claim_unforgotten',
                fields=['link_expires_at'],
                condition=Q(email__gt=''),
            ),
        ),
        migrations.AddIndex(
            model_name='billingcustomer',
            index=models.Index(
                name='wl_customer_guest',
                fields=['user'],
                condition=Q(guest_email__gt=''),
            ),
        ),
        *(
            migrations.AddIndex(
                model_name=model,
                index=models.Index(
                    name=f'wl_{model}_unforgotten',
                    fields=['closed_at'],
                    condition=Q(email__gt='', closed_at__isnull=False),
                ),
            )
            for model in ('invitation', 'transfer')
        ),
    ]
