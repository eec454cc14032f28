from __future__ import annotations

from typing import Any

from django.db import migrations

EDITORS = (
    ("demo", ("view", "change")),
    ("section", ("view", "add", "change", "delete")),
    ("callout", ("view", "add", "change")),
)
PUBLISHERS = (*EDITORS, ("demo", ("publish",)))
PUBLISH = "Can publish and unpublish demo"


def make_groups(apps: Any, _editor: Any) -> None:
    """Make both groups, or give those of this name what they need. Nobody is put into them."""
    group = apps.get_model("auth", "Group")
    for name, rights in (("Editors", EDITORS), ("Publishers", PUBLISHERS)):
        found, _ = group.objects.get_or_create(name=name)
        found.permissions.add(*_permissions(apps, rights))


def _permissions(apps: Any, rights: Any) -> Any:
    """Return the permissions, which Django itself makes only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    for model, verbs in rights:
        kind, _ = types.get_or_create(app_label="portal", model=model)
        for verb in verbs:
            words = PUBLISH if verb == "publish" else f"Can {verb} {model}"
            found, _ = permissions.get_or_create(
                content_type=kind, codename=f"{verb}_{model}", defaults={"name": words}
            )
            yield found


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("portal", "0003_loaded"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="demo",
            options={
                "ordering": ("order", "slug"),
                "permissions": (("publish_demo", PUBLISH),),
            },
        ),
        # Groups stay where this is undone: somebody may be in them.
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
