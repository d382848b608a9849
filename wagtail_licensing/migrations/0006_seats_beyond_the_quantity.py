"""Seats that are suspended for want of room, and the time that somebody has to choose."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models


def bring_suspended_seats_back(apps, schema_editor):
    # Going back: there is no such state, and nobody is thrown out for that.
    seats = apps.get_model('wagtail_licensing', 'LicenseSeat').objects.filter(state='suspended')
    seats.filter(assigned_at__isnull=False).update(state='assigned')
    seats.update(state='invited')
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')
        schema_editor.execute('SET CONSTRAINTS ALL DEFERRED')


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0005_product_policies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='licenseseat',
            name='wl_seat_state_fits',
        ),
        migrations.RunPython(migrations.RunPython.noop, bring_suspended_seats_back),
        migrations.AddField(
            model_name='license',
            name='seats_due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='choose who stays until'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='seat_choice_days',
            field=models.PositiveIntegerField(default=14, help_text='When there are fewer seats than people. Then the latest are suspended.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='time to choose who stays, in days'),
        ),
        migrations.AddField(
            model_name='licenseseat',
            name='suspended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='seat_choice_days',
            field=models.PositiveIntegerField(default=14, help_text='When there are fewer seats than people. Then the latest are suspended.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='time to choose who stays, in days'),
        ),
        migrations.AlterField(
            model_name='licenseseat',
            name='state',
            field=models.CharField(choices=[('invited', 'Invited'), ('assigned', 'Assigned'), ('suspended', 'Suspended'), ('released', 'Released')], max_length=20, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(condition=models.Q(('seats_due_at__isnull', False)), fields=['seats_due_at'], name='wl_license_seats_due'),
        ),
        migrations.AddConstraint(
            model_name='licenseseat',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invited_email__gt', ''), ('slot__gte', 1), ('state', 'invited')), models.Q(('assigned_at__isnull', False), ('slot__gte', 1), ('state', 'assigned'), ('user__isnull', False)), models.Q(models.Q(('user__isnull', False), ('invited_email__gt', ''), _connector='OR'), ('slot__gte', 1), ('state', 'suspended'), ('suspended_at__isnull', False)), models.Q(('released_at__isnull', False), ('slot__isnull', True), ('state', 'released')), _connector='OR'), name='wl_seat_state_fits'),
        ),
    ]
