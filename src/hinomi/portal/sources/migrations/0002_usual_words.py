from django.conf import settings
from django.db import migrations, models
from django.db.models import deletion

import hinomi.portal.access.time


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("organisations", "0001_initial"),
        ("sources", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsualWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("measure", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=40)),
                ("is_usual", models.BooleanField()),
                ("incident_number", models.CharField(max_length=20)),
                ("at", models.DateTimeField(default=hinomi.portal.access.time.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]
