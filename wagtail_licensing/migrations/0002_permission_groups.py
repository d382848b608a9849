"""Three groups to start with: access editors, license managers, license viewers."""

from django.conf import settings
from django.db import migrations

APP = "wagtail_licensing"

#: (model, verbose name, codename, name) of the permissions that the groups need.
PERMISSIONS = {
    "view_gate": ("gate", "Can view gate"),
    "add_gate": ("gate", "Can add gate"),
    "change_gate": ("gate", "Can change gate"),
    "delete_gate": ("gate", "Can delete gate"),
    "view_licenseproduct": ("licenseproduct", "Can view license product"),
    "add_licenseproduct": ("licenseproduct", "Can add license product"),
    "change_licenseproduct": ("licenseproduct", "Can change license product"),
    "delete_licenseproduct": ("licenseproduct", "Can delete license product"),
    "view_license": ("license", "Can view license"),
    "issue_license": ("license", "Can issue licenses by hand"),
    "suspend_license": ("license", "Can suspend and resume licenses"),
    "revoke_license": ("license", "Can revoke licenses"),
    "view_licenseimport": ("licenseimport", "Can view import"),
    "import_license": ("licenseimport", "Can import licenses"),
    "view_outboxmessage": ("outboxmessage", "Can view mail"),
    "view_organizationdomain": ("organizationdomain", "Can view domain of an organization"),
}

GROUPS = {
    "Access editors": ["view_gate", "add_gate", "change_gate", "delete_gate"],
    "License managers": [
        "view_licenseproduct",
        "add_licenseproduct",
        "change_licenseproduct",
        "delete_licenseproduct",
        "view_gate",
        "view_license",
        "issue_license",
        "suspend_license",
        "revoke_license",
        "view_licenseimport",
        "import_license",
        "view_outboxmessage",
        "view_organizationdomain",
    ],
    "License viewers": ["view_licenseproduct", "view_gate", "view_license"],
}


def _permission(apps, app_label, model, codename, name):
    # Permissions are made after all migrations have run; the ones needed here are made now, under
    # the names that Django will look for.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    content_type, _created = ContentType.objects.get_or_create(app_label=app_label, model=model)
    permission, _created = Permission.objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


def create_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    access_admin = _permission(
        apps, "wagtailadmin", "admin", "access_admin", "Can access Wagtail admin"
    )
    for group_name, codenames in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=group_name)
        group.permissions.add(access_admin)
        for codename in codenames:
            model, name = PERMISSIONS[codename]
            group.permissions.add(_permission(apps, APP, model, codename, name))


def remove_groups(apps, schema_editor):
    # A group that people are in, or that anything else refers to, stays: taking rights away from
    # somebody is no business of a migration.
    Group = apps.get_model("auth", "Group")
    for group in Group.objects.filter(name__in=GROUPS):
        in_use = any(
            related.related_model._base_manager.filter(**{related.field.name: group.pk}).exists()
            for related in Group._meta.related_objects
        )
        if not in_use:
            group.permissions.clear()
            Group.objects.filter(pk=group.pk)._raw_delete(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_licensing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]

    operations = [migrations.RunPython(create_groups, remove_groups)]
