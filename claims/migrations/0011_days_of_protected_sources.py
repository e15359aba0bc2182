from datetime import date

from django.db import migrations


def forget(apps, schema_editor):
    """What the verbs keep from now on, of what is there already: the day of a protected source is nobody's filter."""
    claims = apps.get_model("claims", "Claim").objects
    claims.filter(principal_appearance__source__protected=True).update(said_on_key=date.min)


class Migration(migrations.Migration):

    dependencies = [
        ("claims", "0010_language"),
    ]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
