from django.db import migrations

VECTOR = "array_to_tsvector(array_remove(string_to_array(words, ' '), ''))"
LONGEST = 64


def cut_long_words(apps, schema_editor):
    """What an index takes; addresses may hold words of two thousand letters."""
    sources = apps.get_model("claims", "Source").objects.using(schema_editor.connection.alias)
    for pk, words in sources.values_list("pk", "words").iterator():
        cut = " ".join(word[:LONGEST] for word in words.split())
        if cut != words:
            sources.filter(pk=pk).update(words=cut)


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        # Words are folded already and parted by spaces, so the tokenizer has nothing left to decide.
        schema_editor.execute(
            "CREATE VIRTUAL TABLE claims_sourceindex USING fts5(words, content='claims_source', "
            "content_rowid='id', tokenize='ascii', prefix='2 3 4')"
        )
        schema_editor.execute("INSERT INTO claims_sourceindex(claims_sourceindex) VALUES ('rebuild')")
    else:
        schema_editor.execute(f"CREATE INDEX claims_sourceindex ON claims_source USING gin (({VECTOR}))")


def drop_index(apps, schema_editor):
    what = "TABLE" if schema_editor.connection.vendor == "sqlite" else "INDEX"
    schema_editor.execute(f"DROP {what} claims_sourceindex")


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_talk")]
    operations = [
        migrations.RunPython(cut_long_words, migrations.RunPython.noop),
        migrations.RunPython(make_index, drop_index),
    ]
