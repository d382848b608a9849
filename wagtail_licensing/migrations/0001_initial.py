import django.core.validators
import django.db.models.deletion
import modelcluster.fields
import wagtail_licensing.models.checkout
import wagtail_licensing.models.licenses
import swapper
from django.conf import settings
from django.db import migrations, models
from wagtail.documents import get_document_model_string

swapper.set_app_prefix('wagtailcore', 'wagtail')


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('wagtailcore', '0094_alter_page_locale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        swapper.dependency('wagtailcore', 'Page'),
        migrations.swappable_dependency(get_document_model_string()),
    ]

    operations = [
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('slug', models.SlugField(max_length=200, unique=True, verbose_name='slug')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'organization',
                'verbose_name_plural': 'organizations',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='BillingCustomer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default', verbose_name='Stripe account')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('stripe_id', models.CharField(max_length=255, verbose_name='Stripe id')),
                ('synced_at', models.DateTimeField(blank=True, null=True, verbose_name='last read from Stripe')),
                ('is_deleted', models.BooleanField(default=False, verbose_name='deleted at Stripe')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_customers', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_customers', to='wagtail_licensing.organization')),
            ],
            options={
                'verbose_name': 'billing customer',
                'verbose_name_plural': 'billing customers',
            },
        ),
        migrations.CreateModel(
            name='BillingSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default', verbose_name='Stripe account')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('stripe_id', models.CharField(max_length=255, verbose_name='Stripe id')),
                ('synced_at', models.DateTimeField(blank=True, null=True, verbose_name='last read from Stripe')),
                ('status', models.CharField(max_length=40, verbose_name='status')),
                ('collection_method', models.CharField(blank=True, max_length=40)),
                ('cancel_at_period_end', models.BooleanField(default=False)),
                ('cancel_at', models.DateTimeField(blank=True, null=True)),
                ('canceled_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('trial_end', models.DateTimeField(blank=True, null=True)),
                ('past_due_since', models.DateTimeField(blank=True, null=True)),
                ('paused_collection', models.BooleanField(default=False)),
                ('is_gone', models.BooleanField(default=False, verbose_name='gone from Stripe')),
                ('metadata', models.JSONField(default=dict)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='wagtail_licensing.billingcustomer')),
            ],
            options={
                'verbose_name': 'billing subscription',
                'verbose_name_plural': 'billing subscriptions',
            },
        ),
        migrations.CreateModel(
            name='Gate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('page', 'Page and everything under it'), ('page_type', 'Page type'), ('collection', 'Collection'), ('document', 'Document'), ('area', 'Named area')], max_length=20, verbose_name='kind')),
                ('area', models.SlugField(blank=True, max_length=100, null=True, verbose_name='named area')),
                ('audience', models.CharField(choices=[('licensed', 'People with a license'), ('members', 'Any signed-in member'), ('everyone', 'Everyone (free preview)')], default='licensed', max_length=20, verbose_name='opens for')),
                ('without_access', models.CharField(choices=[('teaser', 'Teaser and plans'), ('login', 'Sign-in page, then teaser and plans'), ('not_found', '“Not found” (404)')], default='teaser', max_length=20, verbose_name='without access, show')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('collection', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='licensing_gates', to='wagtailcore.collection', verbose_name='collection')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='licensing_gates', to=get_document_model_string(), verbose_name='document')),
                ('page', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='licensing_gates', to=swapper.get_model_name('wagtailcore', 'Page'), verbose_name='page')),
                ('page_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype', verbose_name='page type')),
            ],
            options={
                'verbose_name': 'gate',
                'verbose_name_plural': 'gates',
                'ordering': ['kind', 'pk'],
                'permissions': [('open_gate', 'Can open the gate')],
            },
        ),
        migrations.CreateModel(
            name='GateGroupPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='group_grants', to='wagtail_licensing.gate')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.group')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
            ],
            options={
                'verbose_name': 'gate grant of a group',
                'verbose_name_plural': 'gate grants of groups',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='GateStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='wl_stamp_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='GateUserPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='user_grants', to='wagtail_licensing.gate')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'gate grant of a person',
                'verbose_name_plural': 'gate grants of people',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LessonProgress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField(verbose_name='first opened')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lesson_progress', to=swapper.get_model_name('wagtailcore', 'Page'))),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lesson_progress', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'lesson progress',
                'verbose_name_plural': 'lesson progress',
            },
        ),
        migrations.CreateModel(
            name='License',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(default=wagtail_licensing.models.licenses.make_reference, editable=False, max_length=20, unique=True, verbose_name='reference')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('grace', 'Past due, access kept'), ('suspended', 'Suspended'), ('expired', 'Expired'), ('revoked', 'Revoked')], max_length=20, verbose_name='state')),
                ('unheld_state', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('grace', 'Past due, access kept'), ('suspended', 'Suspended'), ('expired', 'Expired'), ('revoked', 'Revoked')], editable=False, max_length=20, verbose_name='state without holds')),
                ('pending_reason', models.CharField(blank=True, choices=[('', 'nothing'), ('payment', 'payment'), ('approval', 'approval'), ('claim', 'claim'), ('start', 'start')], default='', max_length=20, verbose_name='waits for')),
                ('source', models.CharField(choices=[('subscription', 'Subscription'), ('purchase', 'One-off purchase'), ('by_hand', 'Issued by hand'), ('approval', 'Approval'), ('registration', 'Registration'), ('gift', 'Gift'), ('import', 'Import')], max_length=20, verbose_name='source')),
                ('starts_at', models.DateTimeField(verbose_name='starts')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends')),
                ('access_until', models.DateTimeField(blank=True, null=True, verbose_name='access until')),
                ('held_since', models.DateTimeField(verbose_name='held since')),
                ('renews', models.BooleanField(default=False, verbose_name='renews')),
                ('is_trial', models.BooleanField(default=False, verbose_name='trial')),
                ('grace_days', models.PositiveIntegerField(default=7, verbose_name='grace in days')),
                ('seats_total', models.PositiveIntegerField(default=1, verbose_name='seats')),
                ('uses_seats', models.BooleanField(default=False, help_text='People use the license through assigned seats, not by holding it.', verbose_name='shared through seats')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to=settings.AUTH_USER_MODEL, verbose_name='holder')),
            ],
            options={
                'verbose_name': 'license',
                'verbose_name_plural': 'licenses',
                'ordering': ['-pk'],
                'permissions': [('issue_license', 'Can issue licenses by hand'), ('suspend_license', 'Can suspend and resume licenses'), ('revoke_license', 'Can revoke licenses')],
            },
        ),
        migrations.CreateModel(
            name='LicenseEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='kind')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('cause', models.CharField(choices=[('stripe', 'stripe'), ('staff', 'staff'), ('member', 'member'), ('clock', 'clock'), ('import', 'import')], max_length=20, verbose_name='cause')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('stripe_event_id', models.CharField(blank=True, max_length=255, verbose_name='Stripe event')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='wagtail_licensing.license')),
            ],
            options={
                'verbose_name': 'license event',
                'verbose_name_plural': 'license events',
                'ordering': ['license', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LicenseHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('admin', 'admin'), ('billing', 'billing'), ('dispute', 'dispute'), ('paused', 'paused'), ('seat_overage', 'seat_overage')], max_length=20, verbose_name='kind')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('placed_at', models.DateTimeField(verbose_name='placed')),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='wagtail_licensing.license')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
            },
        ),
        migrations.CreateModel(
            name='LicenseProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('slug', models.SlugField(max_length=120, unique=True, verbose_name='slug')),
                ('summary', models.CharField(blank=True, help_text='One line for the pricing table and the paywall.', max_length=255, verbose_name='summary')),
                ('terms', models.TextField(blank=True, help_text='What a holder may do with what is licensed.', verbose_name='usage rights')),
                ('kind', models.CharField(choices=[('subscription', 'Subscription'), ('fixed_term', 'Fixed term'), ('perpetual', 'Perpetual')], max_length=20, verbose_name='kind')),
                ('term_days', models.PositiveIntegerField(blank=True, help_text='For a fixed term only.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='term in days')),
                ('issue_mode', models.CharField(choices=[('purchase', 'After purchase'), ('approval', 'After approval'), ('registration', 'On registration'), ('by_hand', 'By hand only')], default='purchase', max_length=20, verbose_name='issued')),
                ('seats', models.PositiveIntegerField(default=1, help_text='People who share one license; 1 for a personal one.', verbose_name='seats')),
                ('per_seat', models.BooleanField(default=False, help_text='The quantity bought is the number of seats.', verbose_name='sold per seat')),
                ('grace_days', models.PositiveIntegerField(default=7, help_text='Access stays open this long after a payment failed.', verbose_name='grace in days')),
                ('is_archived', models.BooleanField(default=False, help_text='Not for sale any more; holders keep what they have.', verbose_name='archived')),
                ('sort_order', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'license product',
                'verbose_name_plural': 'license products',
                'ordering': ['sort_order', 'name'],
                'permissions': [('use_product', 'Can use what the product opens')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['subscription', 'fixed_term', 'perpetual'])), name='wl_product_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'fixed_term'), ('term_days__gt', 0)), models.Q(models.Q(('kind', 'fixed_term'), _negated=True), ('term_days__isnull', True)), _connector='OR'), name='wl_product_term_for_fixed_term', violation_error_message='A fixed term needs its length in days, others have none.'), models.CheckConstraint(condition=models.Q(('seats__gte', 1)), name='wl_product_has_a_seat', violation_error_message='A license has at least one seat.')],
            },
        ),
        migrations.AddField(
            model_name='license',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to='wagtail_licensing.licenseproduct', verbose_name='product'),
        ),
        migrations.CreateModel(
            name='EntitlementRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('after_days', models.PositiveIntegerField(default=0, help_text='0 opens at once.', verbose_name='after days held')),
                ('gate', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='wagtail_licensing.gate', verbose_name='gate')),
                ('product', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='wagtail_licensing.licenseproduct', verbose_name='product')),
            ],
            options={
                'verbose_name': 'entitlement rule',
                'verbose_name_plural': 'entitlement rules',
                'ordering': ['product__sort_order', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LicenseSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('invited_email', models.EmailField(blank=True, default='', max_length=254, verbose_name='invited address')),
                ('state', models.CharField(choices=[('invited', 'Invited'), ('assigned', 'Assigned'), ('released', 'Released')], max_length=20, verbose_name='state')),
                ('slot', models.PositiveIntegerField(blank=True, null=True, verbose_name='slot')),
                ('invited_at', models.DateTimeField(blank=True, null=True)),
                ('assigned_at', models.DateTimeField(blank=True, null=True)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='wagtail_licensing.license')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='license_seats', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'seat',
                'verbose_name_plural': 'seats',
                'ordering': ['slot', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='license',
            name='organization',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to='wagtail_licensing.organization', verbose_name='organization'),
        ),
        migrations.CreateModel(
            name='ProductGroupPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='group_grants', to='wagtail_licensing.licenseproduct')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.group')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
            ],
            options={
                'verbose_name': 'product grant of a group',
                'verbose_name_plural': 'product grants of groups',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProductPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default', verbose_name='Stripe account')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('stripe_price_id', models.CharField(max_length=255, verbose_name='Stripe price')),
                ('currency', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Three capital letters, such as EUR.')], verbose_name='currency')),
                ('unit_amount', models.BigIntegerField(help_text='1200 for 12.00, and 1200 for a price of 1200 yen.', verbose_name='amount in minor units')),
                ('interval', models.CharField(blank=True, choices=[('', 'once'), ('day', 'day'), ('week', 'week'), ('month', 'month'), ('year', 'year')], default='', max_length=10, verbose_name='interval')),
                ('interval_count', models.PositiveSmallIntegerField(default=1, verbose_name='every')),
                ('trial_days', models.PositiveSmallIntegerField(default=0, verbose_name='trial in days')),
                ('is_archived', models.BooleanField(default=False, verbose_name='archived')),
                ('sort_order', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('product', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='wagtail_licensing.licenseproduct')),
            ],
            options={
                'verbose_name': 'product price',
                'verbose_name_plural': 'product prices',
                'ordering': ['sort_order', 'unit_amount'],
            },
        ),
        migrations.CreateModel(
            name='CheckoutIntent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nonce', models.CharField(default=wagtail_licensing.models.checkout.make_nonce, editable=False, max_length=64, unique=True)),
                ('quantity', models.PositiveIntegerField(default=1)),
                ('return_path', models.CharField(blank=True, max_length=2000)),
                ('account', models.SlugField(default='default')),
                ('livemode', models.BooleanField(default=False)),
                ('stripe_session_id', models.CharField(blank=True, max_length=255)),
                ('session_url', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('completed', 'Completed'), ('expired', 'Expired'), ('failed', 'Failed')], default='open', max_length=20)),
                ('payment_status', models.CharField(blank=True, max_length=40)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkout_intents', to=settings.AUTH_USER_MODEL)),
                ('price', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkout_intents', to='wagtail_licensing.productprice')),
            ],
            options={
                'verbose_name': 'checkout intent',
                'verbose_name_plural': 'checkout intents',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BillingPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default', verbose_name='Stripe account')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('stripe_id', models.CharField(max_length=255, verbose_name='Stripe id')),
                ('synced_at', models.DateTimeField(blank=True, null=True, verbose_name='last read from Stripe')),
                ('checkout_session_id', models.CharField(blank=True, max_length=255)),
                ('quantity', models.PositiveIntegerField(default=1)),
                ('status', models.CharField(max_length=40, verbose_name='status')),
                ('amount', models.BigIntegerField(default=0, verbose_name='amount in minor units')),
                ('amount_refunded', models.BigIntegerField(default=0, verbose_name='refunded in minor units')),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='wagtail_licensing.billingcustomer')),
                ('license', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_payment', to='wagtail_licensing.license')),
                ('price', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='wagtail_licensing.productprice')),
            ],
            options={
                'verbose_name': 'billing payment',
                'verbose_name_plural': 'billing payments',
            },
        ),
        migrations.CreateModel(
            name='BillingItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default', verbose_name='Stripe account')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('stripe_id', models.CharField(max_length=255, verbose_name='Stripe id')),
                ('synced_at', models.DateTimeField(blank=True, null=True, verbose_name='last read from Stripe')),
                ('stripe_price_id', models.CharField(max_length=255)),
                ('quantity', models.PositiveIntegerField(default=1)),
                ('period_start', models.DateTimeField(blank=True, null=True)),
                ('period_end', models.DateTimeField(blank=True, null=True)),
                ('is_removed', models.BooleanField(default=False, verbose_name='removed from the subscription')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='wagtail_licensing.billingsubscription')),
                ('license', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_item', to='wagtail_licensing.license')),
                ('price', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_items', to='wagtail_licensing.productprice')),
            ],
            options={
                'verbose_name': 'billing item',
                'verbose_name_plural': 'billing items',
            },
        ),
        migrations.CreateModel(
            name='ProductUserPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='user_grants', to='wagtail_licensing.licenseproduct')),
                ('license', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='wagtail_licensing.license')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('seat', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='wagtail_licensing.licenseseat')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'product grant of a person',
                'verbose_name_plural': 'product grants of people',
            },
        ),
        migrations.CreateModel(
            name='StripeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default')),
                ('livemode', models.BooleanField(default=False)),
                ('event_id', models.CharField(max_length=255)),
                ('type', models.CharField(max_length=100)),
                ('created', models.DateTimeField(verbose_name='created at Stripe')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('object_kind', models.CharField(blank=True, max_length=60)),
                ('object_id', models.CharField(blank=True, max_length=255)),
                ('payload', models.JSONField()),
                ('status', models.CharField(choices=[('new', 'New'), ('done', 'Done'), ('ignored', 'Ignored'), ('dead', 'Dead')], default='new', max_length=20)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'Stripe event',
                'verbose_name_plural': 'Stripe events',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['object_kind', 'object_id', 'status'], name='wl_event_object')],
                'constraints': [models.UniqueConstraint(fields=('account', 'livemode', 'event_id'), name='wl_event_once'), models.CheckConstraint(condition=models.Q(('status__in', ['new', 'done', 'ignored', 'dead'])), name='wl_event_status_known')],
            },
        ),
        migrations.CreateModel(
            name='SyncTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.SlugField(default='default')),
                ('livemode', models.BooleanField(default=False)),
                ('kind', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=255)),
                ('requested', models.PositiveBigIntegerField(default=0)),
                ('applied', models.PositiveBigIntegerField(default=0)),
                ('requested_at', models.DateTimeField(blank=True, null=True)),
                ('token', models.PositiveBigIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_try', models.DateTimeField(blank=True, null=True)),
                ('is_dead', models.BooleanField(default=False)),
                ('error', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'sync target',
                'verbose_name_plural': 'sync targets',
                'indexes': [models.Index(condition=models.Q(('is_dead', False), ('requested__gt', models.F('applied'))), fields=['next_try'], name='wl_target_waiting')],
                'constraints': [models.UniqueConstraint(fields=('account', 'livemode', 'kind', 'object_id'), name='wl_target_once'), models.CheckConstraint(condition=models.Q(('applied__lte', models.F('requested'))), name='wl_target_not_ahead')],
            },
        ),
        migrations.AddConstraint(
            model_name='billingsubscription',
            constraint=models.UniqueConstraint(fields=('account', 'livemode', 'stripe_id'), name='wl_subscription_once'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'page'), ('page__isnull', False), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', True), ('area__isnull', True)), models.Q(('kind', 'page_type'), ('page__isnull', True), ('page_type__isnull', False), ('collection__isnull', True), ('document__isnull', True), ('area__isnull', True)), models.Q(('kind', 'collection'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', False), ('document__isnull', True), ('area__isnull', True)), models.Q(('kind', 'document'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', False), ('area__isnull', True)), models.Q(('kind', 'area'), ('page__isnull', True), ('page_type__isnull', True), ('collection__isnull', True), ('document__isnull', True), ('area__isnull', False), models.Q(('area', ''), _negated=True)), _connector='OR'), name='wl_gate_one_target', violation_error_message='A gate has one target, the one that its kind names.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['licensed', 'members', 'everyone'])), name='wl_gate_audience_known'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.CheckConstraint(condition=models.Q(('without_access__in', ['teaser', 'login', 'not_found'])), name='wl_gate_without_access_known'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('page',), name='wl_gate_once_per_page', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('page_type',), name='wl_gate_once_per_page_type', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('collection',), name='wl_gate_once_per_collection', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('document',), name='wl_gate_once_per_document', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('area',), name='wl_gate_once_per_area', violation_error_message='There is a gate on this target already.'),
        ),
        migrations.AlterUniqueTogether(
            name='gategrouppermission',
            unique_together={('group', 'permission', 'content_object')},
        ),
        migrations.AlterUniqueTogether(
            name='gateuserpermission',
            unique_together={('user', 'permission', 'content_object')},
        ),
        migrations.AddConstraint(
            model_name='lessonprogress',
            constraint=models.UniqueConstraint(fields=('user', 'lesson'), name='wl_progress_once'),
        ),
        migrations.AddIndex(
            model_name='licenseevent',
            index=models.Index(fields=['license', 'at'], name='wl_event_license_at'),
        ),
        migrations.AddConstraint(
            model_name='licensehold',
            constraint=models.UniqueConstraint(fields=('license', 'kind'), name='wl_hold_once'),
        ),
        migrations.AddConstraint(
            model_name='licensehold',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['admin', 'billing', 'dispute', 'paused', 'seat_overage'])), name='wl_hold_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='entitlementrule',
            constraint=models.UniqueConstraint(fields=('product', 'gate'), name='wl_rule_once', violation_error_message='This product opens this gate already.'),
        ),
        migrations.AddIndex(
            model_name='licenseseat',
            index=models.Index(condition=models.Q(('state', 'assigned')), fields=['user', 'license'], name='wl_seat_user_assigned'),
        ),
        migrations.AddConstraint(
            model_name='licenseseat',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invited_email__gt', ''), ('slot__gte', 1), ('state', 'invited')), models.Q(('assigned_at__isnull', False), ('slot__gte', 1), ('state', 'assigned'), ('user__isnull', False)), models.Q(('released_at__isnull', False), ('slot__isnull', True), ('state', 'released')), _connector='OR'), name='wl_seat_state_fits'),
        ),
        migrations.AddConstraint(
            model_name='licenseseat',
            constraint=models.UniqueConstraint(fields=('license', 'slot'), name='wl_seat_slot_once'),
        ),
        migrations.AddConstraint(
            model_name='licenseseat',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'assigned')), fields=('license', 'user'), name='wl_seat_person_once'),
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(condition=models.Q(('state__in', ['active', 'grace', 'pending'])), fields=['user', 'product', 'access_until'], name='wl_license_user_open'),
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(condition=models.Q(('state__in', ['active', 'grace'])), fields=['access_until'], name='wl_license_due'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'active', 'grace', 'suspended', 'expired', 'revoked'])), name='wl_license_state_known'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('state', models.F('unheld_state')), ('state', 'suspended'), _connector='OR'), name='wl_license_only_holds_hide_state'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('pending_reason__gt', ''), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('pending_reason', '')), _connector='OR'), name='wl_license_pending_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('organization__isnull', True), ('user__isnull', False)), models.Q(('organization__isnull', False), ('user__isnull', True)), models.Q(('organization__isnull', True), ('state__in', ['pending', 'expired', 'revoked']), ('user__isnull', True)), _connector='OR'), name='wl_license_one_holder'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='wl_license_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('seats_total__gte', 1)), name='wl_license_has_a_seat'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('organization__isnull', True), ('uses_seats', True), _connector='OR'), name='wl_license_org_uses_seats'),
        ),
        migrations.AddConstraint(
            model_name='billingcustomer',
            constraint=models.UniqueConstraint(fields=('account', 'livemode', 'stripe_id'), name='wl_customer_once'),
        ),
        migrations.AddConstraint(
            model_name='billingcustomer',
            constraint=models.UniqueConstraint(condition=models.Q(('is_deleted', False)), fields=('account', 'livemode', 'user'), name='wl_customer_per_user'),
        ),
        migrations.AddConstraint(
            model_name='billingcustomer',
            constraint=models.UniqueConstraint(condition=models.Q(('is_deleted', False)), fields=('account', 'livemode', 'organization'), name='wl_customer_per_organization'),
        ),
        migrations.AddConstraint(
            model_name='billingcustomer',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('organization__isnull', True), _connector='OR'), name='wl_customer_one_owner'),
        ),
        migrations.AlterUniqueTogether(
            name='productgrouppermission',
            unique_together={('group', 'permission', 'content_object')},
        ),
        migrations.AddConstraint(
            model_name='productprice',
            constraint=models.UniqueConstraint(fields=('account', 'livemode', 'stripe_price_id'), name='wl_price_once', violation_error_message='This Stripe price belongs to a product already.'),
        ),
        migrations.AddConstraint(
            model_name='productprice',
            constraint=models.CheckConstraint(condition=models.Q(('unit_amount__gte', 0)), name='wl_price_not_negative', violation_error_message='A price is not negative.'),
        ),
        migrations.AddConstraint(
            model_name='productprice',
            constraint=models.CheckConstraint(condition=models.Q(('interval__in', ['', 'day', 'week', 'month', 'year']), ('interval_count__gte', 1)), name='wl_price_interval_known'),
        ),
        migrations.AddConstraint(
            model_name='productprice',
            constraint=models.CheckConstraint(condition=models.Q(('stripe_price_id', ''), _negated=True), name='wl_price_names_stripe'),
        ),
        migrations.AddConstraint(
            model_name='checkoutintent',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='wl_intent_quantity'),
        ),
        migrations.AddConstraint(
            model_name='checkoutintent',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'completed', 'expired', 'failed'])), name='wl_intent_state_known'),
        ),
        migrations.AddConstraint(
            model_name='billingpayment',
            constraint=models.UniqueConstraint(fields=('account', 'livemode', 'stripe_id'), name='wl_payment_once'),
        ),
        migrations.AddConstraint(
            model_name='billingitem',
            constraint=models.UniqueConstraint(fields=('account', 'livemode', 'stripe_id'), name='wl_item_once'),
        ),
        migrations.AddConstraint(
            model_name='productuserpermission',
            constraint=models.UniqueConstraint(condition=models.Q(('license__isnull', True)), fields=('user', 'permission', 'content_object'), name='wl_product_grant_by_hand_once'),
        ),
        migrations.AddConstraint(
            model_name='productuserpermission',
            constraint=models.UniqueConstraint(condition=models.Q(('seat__isnull', True)), fields=('license',), name='wl_product_grant_per_license'),
        ),
        migrations.AddConstraint(
            model_name='productuserpermission',
            constraint=models.UniqueConstraint(fields=('seat',), name='wl_product_grant_per_seat'),
        ),
        migrations.AddConstraint(
            model_name='productuserpermission',
            constraint=models.CheckConstraint(condition=models.Q(('seat__isnull', True), ('license__isnull', False), _connector='OR'), name='wl_product_grant_seat_has_license'),
        ),
    ]
