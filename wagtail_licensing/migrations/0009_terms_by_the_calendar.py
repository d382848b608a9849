"""Fixed terms by the calendar, and when they begin; the length of a term belongs to its policy."""

import django.core.validators
from django.db import migrations, models


def copy_lengths(apps, schema_editor):
    # So far, a version of a policy did not hold the length of the term.
    Product = apps.get_model('wagtail_licensing', 'LicenseProduct')
    Policy = apps.get_model('wagtail_licensing', 'ProductPolicy')
    fixed = Product.objects.filter(term_days__isnull=False)
    for product_id, days in list(fixed.values_list('pk', 'term_days')):
        Policy.objects.filter(product_id=product_id).update(term_days=days)


def count_months_in_days(apps, schema_editor):
    # Going back: there are no months. 30.44 days is the month of an average year.
    Product = apps.get_model('wagtail_licensing', 'LicenseProduct')
    for product in Product.objects.filter(term_months__isnull=False):
        product.term_days, product.term_months = round(product.term_months * 30.44), None
        product.save(update_fields=['term_days', 'term_months'])
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')
        schema_editor.execute('SET CONSTRAINTS ALL DEFERRED')


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0008_indexes_of_the_sweep'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='licenseproduct',
            name='wl_product_term_for_fixed_term',
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='term_months',
            field=models.PositiveIntegerField(blank=True, help_text='For a fixed term by the calendar: 12 for a year.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1200)], verbose_name='term in months'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='term_start',
            field=models.CharField(choices=[('purchase', 'when it is bought'), ('fixed_date', 'on a date, if that is still to come'), ('holder', 'when the holder starts it')], default='purchase', help_text='One that is bought before the end of the last one begins where that ends.', max_length=20, verbose_name='a fixed term begins'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='term_starts_on',
            field=models.DateField(blank=True, null=True, verbose_name='first day'),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='term_days',
            field=models.PositiveIntegerField(blank=True, help_text='For a fixed term only.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='term in days'),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='term_months',
            field=models.PositiveIntegerField(blank=True, help_text='For a fixed term by the calendar: 12 for a year.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1200)], verbose_name='term in months'),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='term_start',
            field=models.CharField(choices=[('purchase', 'when it is bought'), ('fixed_date', 'on a date, if that is still to come'), ('holder', 'when the holder starts it')], default='purchase', help_text='One that is bought before the end of the last one begins where that ends.', max_length=20, verbose_name='a fixed term begins'),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='term_starts_on',
            field=models.DateField(blank=True, null=True, verbose_name='first day'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'fixed_term'), ('term_days__gt', 0), ('term_months__isnull', True)), models.Q(('kind', 'fixed_term'), ('term_days__isnull', True), ('term_months__gt', 0)), models.Q(models.Q(('kind', 'fixed_term'), _negated=True), ('term_days__isnull', True), ('term_months__isnull', True)), _connector='OR'), name='wl_product_term_for_fixed_term', violation_error_message='A fixed term needs its length in days or in months, others have none.'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('term_start', 'fixed_date'), _negated=True), ('term_starts_on__isnull', False), _connector='OR'), name='wl_product_date_to_start_on', violation_error_message='A term that begins on a date needs the date.'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('term_start__in', ['purchase', 'fixed_date', 'holder'])), name='wl_product_term_start_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('term_start__in', ['purchase', 'fixed_date', 'holder'])), name='wl_policy_term_start_known'),
        ),
        migrations.RunPython(copy_lengths, count_months_in_days),
    ]
