"""Policies with versions, pinned to licenses; what is there now becomes the first version."""

import django.core.validators
import django.db.models.deletion
import wagtail_licensing.models.policies
from django.db import migrations, models
from django.utils import timezone


def pin_what_was_promised(apps, schema_editor):
    # The days of grace stood on each license. Those that differ from what the product says now get
    # versions of their own, before the one that the next license gets.
    Product = apps.get_model('wagtail_licensing', 'LicenseProduct')
    License = apps.get_model('wagtail_licensing', 'License')
    Policy = apps.get_model('wagtail_licensing', 'ProductPolicy')
    at = timezone.now()
    # So far, a trial of one product did not count against the trial of another.
    Product.objects.update(trial_rule='product')
    for product_id, grace_days in list(Product.objects.values_list('pk', 'grace_days')):
        licenses = License.objects.filter(product_id=product_id)
        promised = licenses.order_by('grace_days').values_list('grace_days', flat=True).distinct()
        others = [days for days in promised if days != grace_days]
        for version, days in enumerate([*others, grace_days], start=1):
            policy = Policy.objects.create(
                product_id=product_id, version=version, created_at=at, grace_days=days, trial_rule='product'
            )
            licenses.filter(grace_days=days).update(policy=policy)
    tried = apps.get_model('wagtail_licensing', 'LicenseEvent').objects.filter(after__is_trial=True)
    License.objects.filter(pk__in=tried.values('license_id')).update(had_trial=True)
    settle(schema_editor)


def give_grace_back(apps, schema_editor):
    License = apps.get_model('wagtail_licensing', 'License')
    Policy = apps.get_model('wagtail_licensing', 'ProductPolicy')
    for policy_id, grace_days in list(Policy.objects.values_list('pk', 'grace_days')):
        License.objects.filter(policy_id=policy_id).update(grace_days=grace_days)
    settle(schema_editor)


def settle(schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        # What waits for the commit would forbid to change the tables.
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')
        schema_editor.execute('SET CONSTRAINTS ALL DEFERRED')


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0004_billing_accounts_and_cursors'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grace_days', models.PositiveIntegerField(default=wagtail_licensing.models.policies.default_grace_days, help_text='Access stays open this long after a payment failed.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='grace in days')),
                ('past_due', models.CharField(choices=[('grace', 'keep access for the days of grace'), ('suspend', 'suspend at once'), ('keep', 'keep access as long as Stripe tries again')], default='grace', max_length=20, verbose_name='when a payment fails')),
                ('unpaid', models.CharField(choices=[('suspend', 'suspend until it is paid'), ('expire', 'end the license')], default='suspend', max_length=20, verbose_name='when Stripe gives up')),
                ('full_refund', models.CharField(choices=[('revoke', 'take back what the payment bought'), ('flag', 'keep the license and mark it'), ('keep', 'keep the license')], default='revoke', help_text='A refund in part always keeps the license and marks it.', max_length=20, verbose_name='when a payment is refunded in full')),
                ('open_dispute', models.CharField(choices=[('hold', 'suspend until it is decided'), ('flag', 'keep the license and mark it')], default='hold', help_text='A lost dispute revokes the license, a won one restores it.', max_length=20, verbose_name='when a payment is disputed')),
                ('honours_paid_term', models.BooleanField(default=False, help_text='When a subscription is cancelled at once, or its customer is deleted at Stripe.', verbose_name='keep until the end of what is paid')),
                ('trial_rule', models.CharField(choices=[('person', 'once, whatever the product'), ('product', 'once for each product')], default='person', max_length=20, verbose_name='a person may try')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('created_at', models.DateTimeField(verbose_name='created')),
            ],
            options={
                'verbose_name': 'product policy',
                'verbose_name_plural': 'product policies',
                'ordering': ['product', 'version'],
            },
        ),
        migrations.AddField(
            model_name='billingpayment',
            name='dispute_statuses',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='billingpayment',
            name='is_first',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='billingpayment',
            name='stripe_invoice_id',
            field=models.CharField(blank=True, default='', max_length=255),
        ),
        migrations.AddField(
            model_name='billingpayment',
            name='stripe_subscription_id',
            field=models.CharField(blank=True, default='', max_length=255),
        ),
        migrations.AddField(
            model_name='billingpayment',
            name='terms',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='checkoutintent',
            name='trial_days',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='license',
            name='flag',
            field=models.CharField(blank=True, choices=[('', 'none'), ('inquiry', 'the bank asks about a payment'), ('disputed', 'a payment is disputed'), ('refunded', 'refunded in full'), ('refunded_in_part', 'refunded in part')], default='', max_length=20, verbose_name='mark'),
        ),
        migrations.AddField(
            model_name='license',
            name='had_trial',
            field=models.BooleanField(default=False, verbose_name='began with a trial'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='full_refund',
            field=models.CharField(choices=[('revoke', 'take back what the payment bought'), ('flag', 'keep the license and mark it'), ('keep', 'keep the license')], default='revoke', help_text='A refund in part always keeps the license and marks it.', max_length=20, verbose_name='when a payment is refunded in full'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='honours_paid_term',
            field=models.BooleanField(default=False, help_text='When a subscription is cancelled at once, or its customer is deleted at Stripe.', verbose_name='keep until the end of what is paid'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='open_dispute',
            field=models.CharField(choices=[('hold', 'suspend until it is decided'), ('flag', 'keep the license and mark it')], default='hold', help_text='A lost dispute revokes the license, a won one restores it.', max_length=20, verbose_name='when a payment is disputed'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='past_due',
            field=models.CharField(choices=[('grace', 'keep access for the days of grace'), ('suspend', 'suspend at once'), ('keep', 'keep access as long as Stripe tries again')], default='grace', max_length=20, verbose_name='when a payment fails'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='trial_rule',
            field=models.CharField(choices=[('person', 'once, whatever the product'), ('product', 'once for each product')], default='person', max_length=20, verbose_name='a person may try'),
        ),
        migrations.AddField(
            model_name='licenseproduct',
            name='unpaid',
            field=models.CharField(choices=[('suspend', 'suspend until it is paid'), ('expire', 'end the license')], default='suspend', max_length=20, verbose_name='when Stripe gives up'),
        ),
        migrations.AlterField(
            model_name='licenseproduct',
            name='grace_days',
            field=models.PositiveIntegerField(default=wagtail_licensing.models.policies.default_grace_days, help_text='Access stays open this long after a payment failed.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='grace in days'),
        ),
        migrations.AddIndex(
            model_name='billingpayment',
            index=models.Index(condition=models.Q(('stripe_subscription_id__gt', '')), fields=['stripe_subscription_id'], name='wl_payment_subscription'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('past_due__in', ['grace', 'suspend', 'keep'])), name='wl_product_past_due_known'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('unpaid__in', ['suspend', 'expire'])), name='wl_product_unpaid_known'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('full_refund__in', ['revoke', 'flag', 'keep'])), name='wl_product_full_refund_known'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('open_dispute__in', ['hold', 'flag'])), name='wl_product_open_dispute_known'),
        ),
        migrations.AddConstraint(
            model_name='licenseproduct',
            constraint=models.CheckConstraint(condition=models.Q(('trial_rule__in', ['person', 'product'])), name='wl_product_trial_rule_known'),
        ),
        migrations.AddField(
            model_name='productpolicy',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='wagtail_licensing.licenseproduct', verbose_name='product'),
        ),
        migrations.AddField(
            model_name='license',
            name='policy',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to='wagtail_licensing.productpolicy', verbose_name='policy'),
        ),
        migrations.RunPython(pin_what_was_promised, give_grace_back),
        migrations.RemoveField(
            model_name='license',
            name='grace_days',
        ),
        migrations.AlterField(
            model_name='license',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to='wagtail_licensing.productpolicy', verbose_name='policy'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('flag__in', ['', 'inquiry', 'disputed', 'refunded', 'refunded_in_part'])), name='wl_license_flag_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.UniqueConstraint(fields=('product', 'version'), name='wl_policy_version_once'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='wl_policy_version_counts'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('past_due__in', ['grace', 'suspend', 'keep'])), name='wl_policy_past_due_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('unpaid__in', ['suspend', 'expire'])), name='wl_policy_unpaid_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('full_refund__in', ['revoke', 'flag', 'keep'])), name='wl_policy_full_refund_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('open_dispute__in', ['hold', 'flag'])), name='wl_policy_open_dispute_known'),
        ),
        migrations.AddConstraint(
            model_name='productpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('trial_rule__in', ['person', 'product'])), name='wl_policy_trial_rule_known'),
        ),
    ]
