"""Downloads: the log, and how many files a month a rule allows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from wagtail.documents import get_document_model_string


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0010_quiet_imports'),
        migrations.swappable_dependency(get_document_model_string()),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Download',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=255, verbose_name='title')),
                ('file', models.CharField(max_length=255, verbose_name='file')),
                ('reason', models.CharField(max_length=30, verbose_name='opened by')),
                ('month', models.DateField(verbose_name='month')),
                ('begun_at', models.DateTimeField(db_index=True, verbose_name='begun')),
            ],
            options={
                'verbose_name': 'download',
                'verbose_name_plural': 'downloads',
                'ordering': ['-begun_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='entitlementrule',
            name='downloads_per_month',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Different files behind the gate that a license downloads. Empty: no limit.', null=True, verbose_name='downloads a month'),
        ),
        migrations.AddConstraint(
            model_name='entitlementrule',
            constraint=models.CheckConstraint(condition=models.Q(('downloads_per_month__isnull', True), ('downloads_per_month__gte', 1), _connector='OR'), name='wl_rule_downloads_above_zero', violation_error_message='A limit allows at least one download a month.'),
        ),
        migrations.AddField(
            model_name='download',
            name='document',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='licensing_downloads', to=get_document_model_string(), verbose_name='document'),
        ),
        migrations.AddField(
            model_name='download',
            name='gate',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='downloads', to='wagtail_licensing.gate', verbose_name='gate'),
        ),
        migrations.AddField(
            model_name='download',
            name='license',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='downloads', to='wagtail_licensing.license', verbose_name='license'),
        ),
        migrations.AddField(
            model_name='download',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_downloads', to=settings.AUTH_USER_MODEL, verbose_name='member'),
        ),
        migrations.AddIndex(
            model_name='download',
            index=models.Index(fields=['license', 'gate', 'month'], name='wl_download_of_month'),
        ),
        migrations.AddIndex(
            model_name='download',
            index=models.Index(fields=['user', 'document', 'begun_at'], name='wl_download_goes_on'),
        ),
    ]
