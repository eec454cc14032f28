from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def remember(apps: Any, _editor: Any) -> None:
    """Keep the names of what was loaded. With which words was not written down."""
    loaded = apps.get_model("portal", "Loaded")
    for demo in apps.get_model("portal", "Demo").objects.all():
        for name in dict.fromkeys(demo.seeded):
            loaded.objects.create(demo=demo, name=name)


def forget(apps: Any, _editor: Any) -> None:
    for demo in apps.get_model("portal", "Demo").objects.all():
        demo.seeded = [each.name for each in demo.loaded.order_by("pk") if each.name != "/"]
        demo.save()


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_callouts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Loaded",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "digest",
                    models.CharField(
                        blank=True,
                        help_text="Of the words; empty where they were not remembered.",
                        max_length=64,
                    ),
                ),
                (
                    "demo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="loaded",
                        to="portal.demo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("demo", "name"), name="loaded_once")
                ],
            },
        ),
        migrations.RunPython(remember, forget),
        migrations.RemoveField(model_name="demo", name="seeded"),
    ]
