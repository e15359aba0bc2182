"""No text is forgotten when words must go: each is searched, or it is written down why not."""

from django.apps import apps
from django.db import connection

from claims.models import triggers
from claims.models.guarded import Frozen
from claims.models.redaction import kepttexts
from claims.models.redaction.kepttexts import LEFT_OUT, NOT_SEARCHED, OTHER_TABLES, TEXTS, searched, text_names

WORDLESS = {
    "AutoField", "BigAutoField", "BigIntegerField", "BooleanField", "DateField", "DateTimeField", "ForeignKey",
    "IntegerField", "OneToOneField", "PositiveBigIntegerField", "PositiveIntegerField",
    "PositiveSmallIntegerField", "UUIDField",
}  # fmt: skip


def fields():
    return [field for model in apps.get_models() for field in model._meta.concrete_fields]


def test_it_is_known_of_every_type_of_field_whether_it_holds_text():
    assert {field.get_internal_type() for field in fields()} - TEXTS - WORDLESS == set()


def test_every_text_is_searched_or_named_with_the_reason():
    """This fails for a new model or field that is neither: search it (that is the default) or say why not."""
    models = {model._meta.label: model for model in apps.get_models()}
    silent = {
        f"{label}.{field.name}"
        for label, model in models.items()
        for field in model._meta.concrete_fields
        if kepttexts.holds_text(field)
        and label not in NOT_SEARCHED
        and field.name not in text_names(model)
        and not kepttexts.why_not(field)
    }
    assert silent == set()
    # What is left out is still there to be left out.
    assert set(NOT_SEARCHED) <= set(models)
    named = {name.rpartition(".")[::2] for name in LEFT_OUT}
    assert {(label, name) for label, name in named if name not in [f.name for f in models[label]._meta.fields]} == set()


def test_every_searched_frozen_model_has_its_way_through_the_triggers():
    frozen = {model for model in searched() if issubclass(model, Frozen)}
    assert frozen <= set(triggers.FROZEN)
    for model in frozen:
        sealed = set(getattr(model, "SEALED", ()))
        assert not sealed or set(text_names(model)) <= sealed, model


def test_short_words_of_the_program_are_never_searched():
    """Or a redaction of "person" would blank a vocabulary."""
    short = [
        f"{model._meta.label}.{name}"
        for model in searched()
        for name in text_names(model)
        if (model._meta.get_field(name).max_length or 99) <= 20
    ]
    assert short == ["claims.Claimant.wikidata"]


def test_every_table_is_a_model_s_or_named(db):
    tables = {table for table in connection.introspection.table_names() if table not in OTHER_TABLES}
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    # SQLite's full text indexes, which cleaning.py builds anew.
    indexes = tuple(index for _model, index, _columns in triggers.INDEXED)
    assert [table for table in tables - ours if not table.startswith(indexes)] == []
