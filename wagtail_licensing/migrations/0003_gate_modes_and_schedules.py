"""Gates of any object, dates and a meter on gates, rules that keep, and the floor under hidden gates."""

import django.db.models.deletion
import swapper
from django.conf import settings
from django.db import migrations, models

swapper.set_app_prefix('wagtailcore', 'wagtail')


def remove_object_gates(apps, schema_editor):
    # Going back: a gate of an object has no column left for what it stands before.
    for model in ('EntitlementRule', 'Gate'):
        column = 'kind' if model == 'Gate' else 'gate__kind'
        rows = apps.get_model('wagtail_licensing', model).objects.filter(**{column: 'object'})
        rows.delete()
    if schema_editor.connection.vendor == 'postgresql':
        # What waits for the commit would forbid to change the tables.
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')
        schema_editor.execute('SET CONSTRAINTS ALL DEFERRED')


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('wagtail_licensing', '0002_permission_groups'),
        ('wagtailcore', '0094_alter_page_locale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        swapper.dependency('wagtailcore', 'Page'),
    ]

    operations = [
        migrations.CreateModel(
            name='FloorRestriction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'floor restriction',
                'verbose_name_plural': 'floor restrictions',
            },
        ),
        migrations.CreateModel(
            name='MeteredRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('read_at', models.DateTimeField(verbose_name='read at')),
            ],
            options={
                'verbose_name': 'metered read',
                'verbose_name_plural': 'metered reads',
                'ordering': ['-read_at'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='gate',
            name='wl_gate_one_target',
        ),
        migrations.AddField(
            model_name='entitlementrule',
            name='keeps',
            field=models.BooleanField(default=False, help_text='When the license has ended, pages published while it was held stay open.', verbose_name='keeps what was published while held'),
        ),
        migrations.AddField(
            model_name='gate',
            name='free_from',
            field=models.DateTimeField(blank=True, null=True, verbose_name='open to everyone from'),
        ),
        migrations.AddField(
            model_name='gate',
            name='free_reads',
            field=models.PositiveSmallIntegerField(default=0, help_text='For signed-in visitors without a license. 0 is none.', verbose_name='free pages a month'),
        ),
        migrations.AddField(
            model_name='gate',
            name='free_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='open to everyone until'),
        ),
        migrations.AddField(
            model_name='gate',
            name='object_id',
            field=models.CharField(blank=True, max_length=64, null=True, verbose_name='object'),
        ),
        migrations.AddField(
            model_name='gate',
            name='object_type',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype', verbose_name='object type'),
        ),
        migrations.AlterField(
            model_name='gate',
            name='kind',
            field=models.CharField(choices=[('page', 'Page and everything under it'), ('page_type', 'Page type'), ('collection', 'Collection'), ('document', 'Document'), ('object', 'Image, media file or other object'), ('area', 'Named area')], max_length=20, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'page'), ('page__isnull', False), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', True), ('object_id__isnull', True), ('area__isnull', True), ('object_type__isnull', True)), models.Q(('kind', 'page_type'), ('page__isnull', True), ('page_type__isnull', False), ('collection__isnull', True), ('document__isnull', True), ('object_id__isnull', True), ('area__isnull', True), ('object_type__isnull', True)), models.Q(('kind', 'collection'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', False), ('document__isnull', True), ('object_id__isnull', True), ('area__isnull', True), ('object_type__isnull', True)), models.Q(('kind', 'document'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', False), ('object_id__isnull', True), ('area__isnull', True), ('object_type__isnull', True)), models.Q(('kind', 'object'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', True), ('object_id__isnull', False), ('area__isnull', True), ('object_type__isnull', False), models.Q(('object_id', ''), _negated=True)), models.Q(('kind', 'area'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', True), ('object_id__isnull', True), ('area__isnull', False), ('object_type__isnull', True), models.Q(('area', ''), _negated=True)), _connector='OR'), name='wl_gate_one_target', violation_error_message='A gate has one target, the one that its kind names.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('object_type', 'object_id'), name='wl_gate_once_per_object', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AddField(
            model_name='floorrestriction',
            name='gate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='floor_restrictions', to='wagtail_licensing.gate'),
        ),
        migrations.AddField(
            model_name='floorrestriction',
            name='restriction',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_floor', to='wagtailcore.pageviewrestriction'),
        ),
        migrations.AddField(
            model_name='meteredread',
            name='gate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='metered_reads', to='wagtail_licensing.gate'),
        ),
        migrations.AddField(
            model_name='meteredread',
            name='page',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_metered_reads', to=swapper.get_model_name('wagtailcore', 'Page')),
        ),
        migrations.AddField(
            model_name='meteredread',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_metered_reads', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='meteredread',
            constraint=models.UniqueConstraint(fields=('user', 'gate', 'month', 'page'), name='wl_metered_read_once'),
        ),
        migrations.RunPython(migrations.RunPython.noop, remove_object_gates),
    ]
