"""Mails to members: what waits to be sent, their words, and who does without reminders."""

import django.core.validators
import django.db.models.deletion
import wagtail.models.preview
import wagtail_licensing.models.notices
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0006_seats_beyond_the_quantity'),
        ('wagtailcore', '0094_alter_page_locale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='licenseproduct',
            name='reminder_days',
            field=models.CharField(blank=True, default='', help_text='Such as 14, 3. Empty: as the site does. 0: no reminders.', max_length=40, validators=[django.core.validators.RegexValidator('^\\s*\\d{1,3}(\\s*,\\s*\\d{1,3})*\\s*$', 'Numbers, such as 14, 3.')], verbose_name='reminders, days before the end'),
        ),
        migrations.CreateModel(
            name='MailPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reminders', models.BooleanField(default=True, verbose_name='reminders')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_mail_preference', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mail preference',
                'verbose_name_plural': 'mail preferences',
            },
        ),
        migrations.CreateModel(
            name='MailText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('live', models.BooleanField(default=True, editable=False, verbose_name='live')),
                ('has_unpublished_changes', models.BooleanField(default=False, editable=False, verbose_name='has unpublished changes')),
                ('first_published_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='first published at')),
                ('last_published_at', models.DateTimeField(editable=False, null=True, verbose_name='last published at')),
                ('go_live_at', models.DateTimeField(blank=True, null=True, verbose_name='go live date/time')),
                ('expire_at', models.DateTimeField(blank=True, null=True, verbose_name='expiry date/time')),
                ('expired', models.BooleanField(default=False, editable=False, verbose_name='expired')),
                ('notice', models.CharField(choices=[('welcome', 'Welcome: a license has begun'), ('renewal_reminder', 'Reminder: a license renews soon'), ('ending_reminder', 'Reminder: a license ends soon'), ('trial_ending', 'Reminder: a trial ends soon'), ('payment_failed', 'A payment failed, access kept for now'), ('access_ending', 'Unpaid: access ends within two days'), ('access_lost', 'Unpaid: access has ended'), ('restored', 'Paid again: access is back'), ('cancelled', 'A license was cancelled and runs out'), ('ended', 'A license has ended'), ('seats_over', 'More people than seats: choose who stays')], max_length=40, verbose_name='occasion')),
                ('language', models.CharField(blank=True, default='', help_text='Such as “de”. Empty: for every language that has no text of its own.', max_length=20, verbose_name='language')),
                ('subject', models.CharField(max_length=150, verbose_name='subject')),
                ('body', models.TextField(help_text='An empty line begins a paragraph. You may use: {{ name }}, {{ product }}, {{ site }}, {{ end }}, {{ reference }}, {{ account }}.', verbose_name='text')),
                ('button', models.CharField(blank=True, help_text="Words of the button that leads to the member's account. Empty: no button.", max_length=60, verbose_name='button')),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
                ('live_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision')),
            ],
            options={
                'verbose_name': 'mail text',
                'verbose_name_plural': 'mail texts',
                'ordering': ['notice', 'language'],
                'constraints': [models.UniqueConstraint(fields=('notice', 'language'), name='wl_mail_text_once', violation_error_message='There is a text for this occasion and language already.')],
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255, unique=True)),
                ('notice', models.CharField(choices=[('welcome', 'Welcome: a license has begun'), ('renewal_reminder', 'Reminder: a license renews soon'), ('ending_reminder', 'Reminder: a license ends soon'), ('trial_ending', 'Reminder: a trial ends soon'), ('payment_failed', 'A payment failed, access kept for now'), ('access_ending', 'Unpaid: access ends within two days'), ('access_lost', 'Unpaid: access has ended'), ('restored', 'Paid again: access is back'), ('cancelled', 'A license was cancelled and runs out'), ('ended', 'A license has ended'), ('seats_over', 'More people than seats: choose who stays')], max_length=40, verbose_name='occasion')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('dropped', 'Not needed any more'), ('failed', 'Failed')], default='waiting', max_length=20, verbose_name='state')),
                ('message_id', models.CharField(default=wagtail_licensing.models.notices.make_message_id, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='written down')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('next_try', models.DateTimeField(verbose_name='next try')),
                ('token', models.PositiveBigIntegerField(default=0, editable=False)),
                ('error', models.CharField(blank=True, max_length=100, verbose_name='last error')),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='wagtail_licensing.license', verbose_name='license')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_messages', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_try'], name='wl_message_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sent', 'dropped', 'failed'])), name='wl_message_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='wl_message_sent_has_date')],
            },
        ),
    ]
