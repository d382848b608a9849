"""Quizzes of lessons with their attempts, and certificates of courses."""

import django.core.validators
import django.db.models.deletion
import modelcluster.fields
import swapper
import wagtail_licensing.models.certificates
from django.conf import settings
from django.db import migrations, models

swapper.set_app_prefix('wagtailcore', 'wagtail')


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_licensing', '0011_downloads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        swapper.dependency('wagtailcore', 'Page'),
    ]

    operations = [
        migrations.CreateModel(
            name='Quiz',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pass_percent', models.PositiveSmallIntegerField(default=80, help_text='Of the questions, answered right.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='percent to pass')),
                ('attempts_allowed', models.PositiveSmallIntegerField(blank=True, help_text='Empty: as many as it takes.', null=True, verbose_name='attempts')),
                ('pause_minutes', models.PositiveIntegerField(default=0, help_text='0: at once.', verbose_name='minutes between attempts')),
                ('lesson', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_quiz', to=swapper.get_model_name('wagtailcore', 'Page'), verbose_name='lesson')),
            ],
            options={
                'verbose_name': 'quiz',
                'verbose_name_plural': 'quizzes',
                'ordering': ['lesson__path'],
            },
        ),
        migrations.CreateModel(
            name='QuizAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='attempt')),
                ('at', models.DateTimeField(verbose_name='answered')),
                ('right', models.PositiveSmallIntegerField(verbose_name='right')),
                ('total', models.PositiveSmallIntegerField(verbose_name='questions')),
                ('passed', models.BooleanField(verbose_name='passed')),
                ('given', models.JSONField(default=dict, verbose_name='answers')),
                ('quiz', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='wagtail_licensing.quiz')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quiz_attempts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'quiz attempt',
                'verbose_name_plural': 'quiz attempts',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='QuizQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                ('kind', models.CharField(choices=[('single', 'one of several'), ('multiple', 'any of several'), ('text', 'a short text')], default='single', max_length=20, verbose_name='kind')),
                ('text', models.TextField(verbose_name='question')),
                ('answers', models.TextField(help_text='One a line, with a star (*) before those that are right. Of a short text: each line is an answer that is accepted, in capitals or not.', verbose_name='answers')),
                ('quiz', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='wagtail_licensing.quiz')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ['sort_order'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(default=wagtail_licensing.models.certificates.make_number, editable=False, max_length=30, unique=True, verbose_name='number')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('course_title', models.CharField(max_length=255, verbose_name='course title')),
                ('issued_at', models.DateTimeField(verbose_name='issued')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('revoke_reason', models.CharField(blank=True, default='', max_length=255, verbose_name='reason')),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='licensing_certificates', to=swapper.get_model_name('wagtailcore', 'Page'), verbose_name='course')),
                ('revoked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='revoked by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='licensing_certificates', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'certificate',
                'verbose_name_plural': 'certificates',
                'ordering': ['-issued_at', '-pk'],
                'permissions': [('revoke_certificate', 'Can revoke certificates')],
                'constraints': [models.UniqueConstraint(fields=('user', 'course'), name='wl_certificate_once'), models.CheckConstraint(condition=models.Q(models.Q(('revoke_reason', ''), ('revoked_at__isnull', True)), models.Q(('revoked_at__isnull', False), models.Q(('revoke_reason', ''), _negated=True)), _connector='OR'), name='wl_certificate_revoked_with_reason')],
            },
        ),
        migrations.AddConstraint(
            model_name='quiz',
            constraint=models.CheckConstraint(condition=models.Q(('pass_percent__gte', 1), ('pass_percent__lte', 100)), name='wl_quiz_percent'),
        ),
        migrations.AddConstraint(
            model_name='quiz',
            constraint=models.CheckConstraint(condition=models.Q(('attempts_allowed__isnull', True), ('attempts_allowed__gte', 1), _connector='OR'), name='wl_quiz_attempts', violation_error_message='A quiz has at least one attempt.'),
        ),
        migrations.AddConstraint(
            model_name='quizattempt',
            constraint=models.UniqueConstraint(fields=('quiz', 'user', 'number'), name='wl_attempt_once'),
        ),
    ]
