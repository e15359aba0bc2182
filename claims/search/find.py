"""Find claims by their words and by what stands beside them, and sources by the words of title and address.

The one vendor-aware file: both databases hold the same tokens and answer alike."""

import re

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef
from django.db.models.expressions import RawSQL

from claims.models.searchdocuments import SearchDocument
from claims.models.sources import Source
from claims.models.triggers import SEARCH_COLUMNS, SEARCH_INDEX, SOURCE_INDEX
from claims.text import index_words, query_tokens

MOST_WORDS = 40
MANY = 50_000
NEAR = 5_000
BEGINNING = re.compile(r"^https?://(www\.)?", re.IGNORECASE)

# The expression of the index made in a migration; PostgreSQL uses an index only for exactly its own.
WORDS_VECTOR = "array_to_tsvector(array_remove(string_to_array(words, ' '), ''))"
ALL_WORDS = "' ' || " + " || ' ' || ".join(SEARCH_COLUMNS) + " || ' '"


def matching(claims, query):
    """The claims in which every word of `query` stands, in any form of it; a query without words finds nothing."""
    groups = _groups(query)
    return _among(claims, *_holding(groups)) if groups else claims.none()


def some_matching(claims, query, most):
    """Of all claims, what matching() finds, or where that is more, `most` of it; which of it is chance.

    Where `claims` are narrowed already, all that matching() finds: who knows which of it are among them."""
    groups = _groups(query)
    if not groups or claims.query.where:
        return matching(claims, query)
    sql, params = _holding(groups)
    return _among(claims, f"{sql} LIMIT {most}", params)


def each_matching(claims, query):
    """What matching() finds, but so asked that the words of one claim after the other are looked at."""
    groups = _groups(query)
    if not groups:
        return claims.none()
    if connection.vendor == "sqlite":
        every = " AND ".join("(" + " OR ".join([f"instr({ALL_WORDS}, %s) > 0"] * len(group)) + ")" for group in groups)
        holds = RawSQL(every, [f" {token} " for group in groups for token in group], BooleanField())
    else:
        holds = RawSQL("vector @@ %s::tsquery", [_tsquery(groups)], BooleanField())
    return claims.filter(Exists(SearchDocument.objects.filter(holds, claim=OuterRef("pk"))))


def _groups(query):
    return query_tokens(query, settings.SEARCH_LANGUAGES)[:MOST_WORDS]


def _tsquery(groups):
    return " & ".join("(" + " | ".join(f"'{token}'" for token in group) + ")" for group in groups)


def _holding(groups):
    """SQL and its parameters for the claims that hold of each group at least one token."""
    if connection.vendor == "sqlite":
        match = " AND ".join("(" + " OR ".join(f'"{token}"' for token in group) + ")" for group in groups)
        return f"SELECT rowid FROM {SEARCH_INDEX} WHERE {SEARCH_INDEX} MATCH %s", [match]
    return "SELECT claim_id FROM claims_searchdocument WHERE vector @@ %s::tsquery", [_tsquery(groups)]


def holders(wanted, most):
    """For each list of groups of `wanted` the primary keys of claims that hold of each group at least one token, as a
    set; None where they are more than `most`, since which of them came first would be chance."""
    # Materialised, or PostgreSQL would plan for the few rows of the limit and read the whole table for a rare word;
    # SQLite would write all the rows of a common word aside.
    kept = "MATERIALIZED" if connection.vendor == "postgresql" else "NOT MATERIALIZED"
    parts, params = [], []
    for place, groups in enumerate(wanted := list(wanted)):
        sql, match = _holding(groups)
        part = f"WITH found AS {kept} ({sql}) SELECT {place} AS place, found.* FROM found LIMIT {most + 1}"
        parts.append(f"SELECT * FROM ({part}) AS part_{place}")
        params += match
    found = [set() for _each in wanted]
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for place, number in cursor:
                found[place].add(number)
    return [numbers if len(numbers) <= most else None for numbers in found]


def newest_sources_like(sources, query, most):
    """At most `most` sources, newest first, in whose title or address every word of `query` begins a word.

    A whole address may be given: what all addresses begin with is not looked for. Single letters find nothing."""
    words = index_words(BEGINNING.sub("", query.strip())).split()[:MOST_WORDS]
    if not any(len(word) > 1 for word in words):
        return []
    last = Source.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # Words that many titles hold are found among the newest; of others there are few, and the index has them at once.
    found = list(_sources_with(sources, words, last - NEAR).order_by("-pk")[:most])
    return found if len(found) == most else list(_sources_with(sources, words).order_by("-pk")[:most])


def _sources_with(sources, words, beyond=None):
    """Those that hold the words; where `beyond` is given, of those with a higher number alone."""
    near = beyond is not None
    if connection.vendor == "sqlite":
        match = " AND ".join(f'"{word}"*' for word in words)
        sql = f"SELECT rowid FROM {SOURCE_INDEX} WHERE {SOURCE_INDEX} MATCH %s" + (" AND rowid > %s" if near else "")
        return _among(sources, sql, [match, beyond] if near else [match])
    match = " & ".join(f"'{word}':*" for word in words)
    # In a query of its own, or PostgreSQL would collect a hundred thousand from the index to keep the newest.
    table = "(SELECT id, words FROM claims_source WHERE id > %s OFFSET 0) AS near" if near else "claims_source"
    sql = f"SELECT id FROM {table} WHERE {WORDS_VECTOR} @@ %s::tsquery"
    return _among(sources, sql, [beyond, match] if near else [match])


def are_many(rows):
    """Is it cheaper to ask of each claim whether it has one of these rows than to collect them all?"""
    return rows.order_by()[: MANY + 1].count() > MANY


def having(claims, numbers):
    """The claims whose primary keys a queryset of one column gives, in whatever order and however often.

    They are collected before anything else is asked of the claims."""
    try:
        return _among(claims, *numbers.order_by().query.sql_with_params())
    except EmptyResultSet:
        return claims.none()


def _among(records, sql, params):
    # PostgreSQL would take the condition apart and try it row by row along the index of the order, which takes seconds
    # where few claims fit. OFFSET 0 keeps it in one piece, with its number of rows known: a CTE is guessed to hold 200.
    if connection.vendor == "postgresql":
        sql = f"SELECT * FROM ({sql}) AS found OFFSET 0"
    return records.filter(pk__in=RawSQL(sql, params))
