"""Applications for licenses: questions, answers, decisions, and who may decide."""

import django.db.models.deletion
import modelcluster.fields
from django.conf import settings
from django.db import migrations, models


APP = "wagtail_licensing"

#: (codename, name) of the permissions that a group gets.
GROUPS = {
    "License managers": [
        ("view_licenseapplication", "Can view application"),
        ("decide_licenseapplication", "Can approve and refuse applications"),
    ],
    "License viewers": [("view_licenseapplication", "Can view application")],
}


def give_permissions(apps, schema_editor):
    # Permissions are made after all migrations have run; the ones needed here are made now, under
    # the names that Django will look for.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    content_type, _created = ContentType.objects.get_or_create(
        app_label=APP, model="licenseapplication"
    )
    for group in Group.objects.filter(name__in=GROUPS):
        for codename, name in GROUPS[group.name]:
            permission, _created = Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0015_licenses_to_claim'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='mailtext',
            name='body',
            field=models.TextField(help_text='An empty line begins a paragraph. You may use: {{ name }}, {{ product }}, {{ site }}, {{ end }}, {{ reference }}, {{ account }}, {{ giver }}, {{ recipient }}, {{ message }}, {{ reason }}.', verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='mailtext',
            name='notice',
            field=models.CharField(choices=[('welcome', 'Welcome: a license has begun'), ('renewal_reminder', 'Reminder: a license renews soon'), ('ending_reminder', 'Reminder: a license ends soon'), ('trial_ending', 'Reminder: a trial ends soon'), ('payment_failed', 'A payment failed, access kept for now'), ('access_ending', 'Unpaid: access ends within two days'), ('access_lost', 'Unpaid: access has ended'), ('restored', 'Paid again: access is back'), ('cancelled', 'A license was cancelled and runs out'), ('ended', 'A license has ended'), ('seats_over', 'More people than seats: choose who stays'), ('claim', 'Bought without an account: the link to it'), ('gift', 'A gift: the link to it'), ('gift_claimed', 'To the giver: a gift was claimed'), ('registration', 'Free registration: confirm your address'), ('applied', 'An application was received'), ('approved', 'An application was approved'), ('refused', 'An application was refused')], max_length=40, verbose_name='occasion'),
        ),
        migrations.AlterField(
            model_name='outboxmessage',
            name='notice',
            field=models.CharField(choices=[('welcome', 'Welcome: a license has begun'), ('renewal_reminder', 'Reminder: a license renews soon'), ('ending_reminder', 'Reminder: a license ends soon'), ('trial_ending', 'Reminder: a trial ends soon'), ('payment_failed', 'A payment failed, access kept for now'), ('access_ending', 'Unpaid: access ends within two days'), ('access_lost', 'Unpaid: access has ended'), ('restored', 'Paid again: access is back'), ('cancelled', 'A license was cancelled and runs out'), ('ended', 'A license has ended'), ('seats_over', 'More people than seats: choose who stays'), ('claim', 'Bought without an account: the link to it'), ('gift', 'A gift: the link to it'), ('gift_claimed', 'To the giver: a gift was claimed'), ('registration', 'Free registration: confirm your address'), ('applied', 'An application was received'), ('approved', 'An application was approved'), ('refused', 'An application was refused')], max_length=40, verbose_name='occasion'),
        ),
        migrations.CreateModel(
            name='LicenseApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.JSONField(default=list, verbose_name='answers')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('approved', 'Approved'), ('refused', 'Refused')], default='waiting', max_length=20, verbose_name='state')),
                ('created_at', models.DateTimeField(verbose_name='received')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('reason', models.CharField(blank=True, default='', max_length=500, verbose_name='reason')),
                ('pay_until', models.DateTimeField(blank=True, null=True, verbose_name='can be paid until')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('license', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='application', to='wagtail_licensing.license', verbose_name='license')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='wagtail_licensing.licenseproduct', verbose_name='product')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='license_applications', to=settings.AUTH_USER_MODEL, verbose_name='applicant')),
            ],
            options={
                'verbose_name': 'application',
                'verbose_name_plural': 'applications',
                'ordering': ['-pk'],
                'permissions': [('decide_licenseapplication', 'Can approve and refuse applications')],
                'indexes': [models.Index(condition=models.Q(('pay_until__isnull', False)), fields=['pay_until'], name='wl_application_to_pay')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('product', 'user'), name='wl_application_one_waits'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'refused'])), _connector='OR'), name='wl_application_decided_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='wl_application_refusal_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='ProductQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=200, verbose_name='question')),
                ('help_text', models.CharField(blank=True, default='', max_length=255, verbose_name='help')),
                ('kind', models.CharField(choices=[('line', 'One line'), ('text', 'Several lines'), ('choice', 'One of several'), ('yes', 'A box to tick')], default='line', max_length=10, verbose_name='answer')),
                ('choices', models.TextField(blank=True, default='', help_text='One a line, for one of several.', verbose_name='choices')),
                ('is_required', models.BooleanField(default=True, verbose_name='has to be answered')),
                ('sort_order', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('product', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='wagtail_licensing.licenseproduct')),
            ],
            options={
                'verbose_name': 'question to applicants',
                'verbose_name_plural': 'questions to applicants',
                'ordering': ['sort_order', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['line', 'text', 'choice', 'yes'])), name='wl_question_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'choice'), _negated=True), models.Q(('choices', ''), _negated=True), _connector='OR'), name='wl_question_choice_has_choices', violation_error_message='Write down what can be chosen, one a line.')],
            },
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
    ]
