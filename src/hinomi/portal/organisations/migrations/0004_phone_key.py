"""Each company's number as numbers are compared."""

from django.db import migrations, models

from hinomi.business.phone_numbers import phone_key


def fill(apps, schema_editor):
    rows = apps.get_model("organisations", "Organisation")._base_manager
    for row in rows.exclude(contact_phone="").only("pk", "contact_phone").iterator():
        rows.filter(pk=row.pk).update(phone_key=phone_key(row.contact_phone))


class Migration(migrations.Migration):
    dependencies = [("organisations", "0003_calendars")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="phone_key",
            field=models.CharField(blank=True, db_index=True, editable=False, max_length=40),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
