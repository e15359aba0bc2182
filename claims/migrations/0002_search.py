from django.db import migrations

COLUMNS = "statement, quotes, names, sources"
VECTOR = (
    "array_to_tsvector(array_remove(string_to_array("
    "statement || ' ' || quotes || ' ' || names || ' ' || sources, ' '), ''))"
)


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        # Tokens are ASCII letters and digits already, so the tokenizer has nothing left to decide.
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE claims_searchindex USING fts5({COLUMNS}, "
            "content='claims_searchdocument', content_rowid='claim_id', tokenize='ascii')"
        )
    else:
        schema_editor.execute(
            f"CREATE INDEX claims_searchindex ON claims_searchdocument USING gin (({VECTOR}))"
        )


def drop_index(apps, schema_editor):
    what = "TABLE" if schema_editor.connection.vendor == "sqlite" else "INDEX"
    schema_editor.execute(f"DROP {what} claims_searchindex")


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
