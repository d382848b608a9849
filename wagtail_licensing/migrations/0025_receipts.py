"""Receipts: mails about a payment or an invoice."""

import django.db.models.deletion
from django.db import migrations, models


KINDS = [
    ('welcome', 'Welcome: a license has begun'),
    ('receipt', 'Receipt: something was paid'),
    ('renewal_reminder', 'Reminder: a license renews soon'),
    ('ending_reminder', 'Reminder: a license ends soon'),
    ('trial_ending', 'Reminder: a trial ends soon'),
    ('payment_failed', 'A payment failed, access kept for now'),
    ('access_ending', 'Unpaid: access ends within two days'),
    ('access_lost', 'Unpaid: access has ended'),
    ('restored', 'Paid again: access is back'),
    ('cancelled', 'A license was cancelled and runs out'),
    ('ended', 'A license has ended'),
    ('seats_over', 'More people than seats: choose who stays'),
    ('claim', 'Bought without an account: the link to it'),
    ('gift', 'A gift: the link to it'),
    ('gift_claimed', 'To the giver: a gift was claimed'),
    ('registration', 'Free registration: confirm your address'),
    ('applied', 'An application was received'),
    ('approved', 'An application was approved'),
    ('refused', 'An application was refused'),
    ('invitation', 'Invitation to a team or a seat'),
    ('seat_given', 'A seat was given to a person in the team'),
    ('transfer_asked', 'Transfer: staff asks who holds it'),
    ('transfer_offered', 'Transfer: offered to whoever is to have it'),
    ('transfer_done', 'Transfer: it is done, to who had it before'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0024_indexes_of_what_is_forgotten'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmessage',
            name='invoice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='wagtail_licensing.billinginvoice'),
        ),
        migrations.AddField(
            model_name='outboxmessage',
            name='payment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='wagtail_licensing.billingpayment'),
        ),
        *(
            migrations.AlterField(
                model_name=model,
                name='notice',
                field=models.CharField(choices=KINDS, max_length=40, verbose_name='occasion'),
            )
            for model in ('mailtext', 'outboxmessage')
        ),
        migrations.AlterField(
            model_name='mailtext',
            name='body',
            field=models.TextField(
                help_text='An empty line begins a paragraph. You may use: {{ name }}, {{ product }}, {{ site }}, '
                '{{ end }}, {{ reference }}, {{ account }}, {{ giver }}, {{ recipient }}, {{ message }}, {{ reason }}, {{ team }}, {{ sender }}, {{ amount }}, {{ number }}, {{ paid }}.',
                verbose_name='text',
            ),
        ),
    ]
