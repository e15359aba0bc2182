from django.db import migrations, models

WORDS = (
    "array_to_tsvector(array_remove(string_to_array("
    "statement || ' ' || quotes || ' ' || names || ' ' || sources, ' '), ''))"
)


def keep_vectors(apps, schema_editor):
    """Made once, when the words are written: to make them again for each row of a search takes ten times as long."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX claims_searchindex")
        schema_editor.execute(
            f"ALTER TABLE claims_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS ({WORDS}) STORED"
        )
        schema_editor.execute("CREATE INDEX claims_searchindex ON claims_searchdocument USING gin (vector)")


def drop_vectors(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX claims_searchindex")
        schema_editor.execute("ALTER TABLE claims_searchdocument DROP COLUMN vector")
        schema_editor.execute(f"CREATE INDEX claims_searchindex ON claims_searchdocument USING gin (({WORDS}))")


class Migration(migrations.Migration):
    dependencies = [("claims", "0014_kept_draft_names")]
    operations = [
        migrations.RunPython(keep_vectors, drop_vectors),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("rating", None), ("verdict__isnull", False)),
                fields=["rating", "id"],
                name="claims_by_attribution",
            ),
        ),
        migrations.AddIndex(
            model_name="claim", index=models.Index(fields=["claimant", "id"], name="claims_of_claimant")
        ),
        migrations.AddIndex(
            model_name="appearance",
            index=models.Index(fields=["claimant", "claim"], name="appearances_of_claimant"),
        ),
    ]
