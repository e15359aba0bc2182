"""The one change of a frozen row that the database lets through, in the words of each database: the blanking of one
value, of which the newest act of the log says that a redaction asks for it.

    an act "redaction.blank", at the head of the log, has a line that names this row, this value, and what is to stand
    in its place; of the same batch there are an act "redaction.ask" of one person and, behind it, "redaction.confirm"
    of another; and no "redaction.finish" yet. Nothing else of the row changes but the salt of that value, which goes.

So whoever blanks anything past the program must first write it into the chain, under two people's names."""

from functools import cache

from claims.models.log import Act, Change, kind_of
from claims.models.redaction.kepttexts import text_names
from claims.models.sources import Snapshot

_NAMED_BY = """FROM claims_loghead head
    JOIN claims_act blank ON blank.position = head.position AND blank.verb = 'redaction.blank'
    JOIN claims_change line ON line.act_id = blank.position, {each} place
    WHERE head.id = 1 AND EXISTS (
        SELECT 1 FROM claims_act asked JOIN claims_act confirmed ON confirmed.batch = asked.batch
        WHERE asked.batch = blank.batch AND asked.verb = 'redaction.ask' AND confirmed.verb = 'redaction.confirm'
        AND asked.actor_id <> confirmed.actor_id AND asked.position < confirmed.position
        AND confirmed.position < blank.position)
    AND NOT EXISTS (SELECT 1 FROM claims_act WHERE batch = blank.batch AND verb = 'redaction.finish')"""


@cache
def _names(model):
    return ", ".join(f"'{name}'" for name in text_names(model))


def _is_sealed(model):
    return any(field.name == "seals" for field in model._meta.concrete_fields)


def _of_row(model):
    """Which line names the row."""
    if model is Change:
        return "line.kind = 'change' AND line.object_id = OLD.act_id"
    return f"line.kind = '{kind_of(model)}' AND line.object_id = OLD.{model._meta.pk.column}"


# SQLite: both rows as JSON objects, columns in order, so that one equation says it all.


def _sqlite_row(model, row):
    pairs = (
        f"'{field.column}', " + (f'json({row}."{field.column}")' if _is_json(field) else f'{row}."{field.column}"')
        for field in model._meta.concrete_fields
    )
    return f"json_object({', '.join(pairs)})"


def _is_json(field):
    return field.get_internal_type() == "JSONField"


def _sqlite_equation(model):
    new, old = _sqlite_row(model, "NEW"), _sqlite_row(model, "OLD")
    value, known = "json_extract(place.value, '$[1]')", f"place.key IN ({_names(model)})"
    if model is Change:
        name = "substr(place.key, instr(place.key, '.') + 1)"
        sides = [f"'$.\"' || {name} || '\"[{side}]'" for side in (0, 1)]
        salts = [f"{side} || '[0]'" for side in sides]
        gone = (
            f"(json_extract(NEW.seals, {salt}) IS NULL "
            f"OR (json_extract(NEW.seals, {salt}) = json_extract(OLD.seals, {salt}) "
            f'AND json_extract(NEW."values", {side}) IS json_extract(OLD."values", {side})))'
            for side, salt in zip(sides, salts, strict=True)
        )
        put = ", ".join(f"'$.seals' || substr({salt}, 2), json_extract(NEW.seals, {salt})" for salt in salts)
        return (
            f"place.key = OLD.line || '.' || {name} AND {' AND '.join(gone)} "
            f"AND {new} = json_set({old}, '$.values.\"' || {name} || '\"', {value}, {put})"
        )
    if model is Act:
        return f"place.key = 'reason' AND {new} = json_set({old}, '$.reason', {value}, '$.reason_seal[0]', NULL)"
    if model is Snapshot:
        # Which text, SQLite cannot tell from its hash; verify_log can.
        same = f"json_remove({new}, '$.text') = json_remove({old}, '$.text')"
        return f"place.key = 'text' AND length(NEW.text) = length(OLD.text) AND {same}"
    salt = ", '$.seals.\"' || place.key || '\"[0]', NULL" if _is_sealed(model) else ""
    return f"{known} AND {new} = json_set({old}, '$.\"' || place.key || '\"', {value}{salt})"


def _postgres_equation(model):
    new, old, value = "to_jsonb(NEW)", "to_jsonb(OLD)", "place.value -> 1"
    if model is Change:
        name = "substr(place.key, strpos(place.key, '.') + 1)"
        gone = (
            f"(NEW.seals #> ARRAY[{name}, '{side}', '0'] = 'null' "
            f"OR (NEW.seals #> ARRAY[{name}, '{side}', '0'] = OLD.seals #> ARRAY[{name}, '{side}', '0'] "
            f"AND NEW.\"values\" #> ARRAY[{name}, '{side}'] = OLD.\"values\" #> ARRAY[{name}, '{side}']))"
            for side in (0, 1)
        )
        put = f"jsonb_set({old}, ARRAY['values', {name}], {value})"
        for side in (0, 1):
            salt = f"{name}, '{side}', '0'"
            put = f"jsonb_set({put}, ARRAY['seals', {salt}], NEW.seals #> ARRAY[{salt}])"
        return f"place.key = OLD.line || '.' || {name} AND {' AND '.join(gone)} AND {new} = {put}"
    if model is Act:
        put = f"jsonb_set(jsonb_set({old}, '{{reason}}', {value}), '{{reason_seal,0}}', 'null')"
        return f"place.key = 'reason' AND {new} = {put}"
    if model is Snapshot:
        digest = "to_jsonb(encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex'))"
        same = f"{new} - 'text' = {old} - 'text'"
        return f"place.key = 'text' AND length(NEW.text) = length(OLD.text) AND {digest} = {value} AND {same}"
    put = f"jsonb_set({old}, ARRAY[place.key], {value})"
    put = f"jsonb_set({put}, ARRAY['seals', place.key, '0'], 'null')" if _is_sealed(model) else put
    return f"place.key IN ({_names(model)}) AND {new} = {put}"


def is_blanking(model, vendor):
    """SQL for a trigger's condition: is the change from OLD to NEW the blanking that a redaction asks for?"""
    if not text_names(model):
        return "false"
    sqlite = vendor == "sqlite"
    each = f'{"json_each" if sqlite else "jsonb_each"}(line."values")'
    equation = _sqlite_equation(model) if sqlite else _postgres_equation(model)
    return f"EXISTS (SELECT 1 {_NAMED_BY.format(each=each)} AND {_of_row(model)} AND {equation})"
