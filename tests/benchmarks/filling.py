"""Many verdicts quickly: the demo's published claims, copied by SQL inside the database.

Each copy has its claim, its check and its verdict under new numbers. The triggers stay where they are: inserting
is allowed. Seals are left empty, since no export reads them and they are three quarters of a verdict's bytes.
"""

from django.db import connection, transaction

from claims.models import Check, Claim, Verdict

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
# Those that nothing was replaced of: each has one verdict, from one check that was published.
TEMPLATES = """SELECT claim.id AS claim_id, verdict.id AS verdict_id, verdict.check_file_id,
    row_number() OVER (ORDER BY claim.id) - 1 AS place
    FROM claims_claim claim JOIN claims_verdict verdict ON verdict.id = claim.verdict_id WHERE verdict.number = 1"""
BY = {Claim: "claim_id", Check: "check_file_id", Verdict: "verdict_id"}
UNLIKE = {
    Claim: {"id": "i", "verdict_id": "i", "principal_appearance_id": "NULL", "external_id": "NULL"},
    Check: {"id": "i", "claim_id": "i"},
    Verdict: {
        "id": "i", "claim_id": "i", "check_file_id": "i", "number": "1", "supersedes_id": "NULL", "seals": "'{}'",
    },
}  # fmt: skip


def fill_up(rows):
    """Copy published claims until there are `rows` verdicts."""
    there = Verdict.objects.count()
    if rows <= there:
        return
    last = max(model.objects.order_by("-pk").values_list("pk", flat=True)[0] for model in UNLIKE)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE template AS {TEMPLATES}")
        cursor.execute("SELECT count(*) FROM template")
        among = cursor.fetchone()[0]
        for model, new in UNLIKE.items():
            cursor.execute(*_copies(model, BY[model], new, last, rows - there, among))
    _settle()


def _copies(model, by, new, last, rows, among):
    """The statement for one row a number, each after the template whose turn it is, and its parameters."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(new.get(column, f'old."{column}"') for column in columns)
    sql = (
        f"{NUMBERS} INSERT INTO {table} ({names}) SELECT {values} FROM n "
        f"JOIN template ON template.place = n.i %% %s JOIN {table} AS old ON old.id = template.{by}"
    )
    return sql, [last + 1, last + rows, among]


def _settle():
    """What a database that grew over months has done long ago."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE template")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            for model in UNLIKE:
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        else:
            cursor.execute("ANALYZE")
