"""What an open act does with many records at once: as many statements for a thousand as for one."""

from django.db import models

from claims.models.guarded import Logged
from claims.models.statements import write_many
from claims.seals import plain


def lock_many(queryset):
    """The records, read under a lock in the order of their keys, so that two who lock never wait for each other."""
    return list(queryset.order_by("pk").select_for_update(no_key=True, of=("self",)))


def change_many(act, changes):
    """act.change() for many records of one model: `changes` are (record, values, relations), the relations as
    {name: keys of the others}. Returns the records that changed.

    Raises ValidationError as act.change() does, so let the values be good before."""
    changes, written, changed, good = list(changes), {}, [], set()
    related = _relate_many([(record, relations) for record, _values, relations in changes if relations])
    for record, values, _relations in changes:
        pairs, names = act.take(record, values, known=_known(values, good))
        good |= _references(values)
        pairs |= related.get(record.pk, {})
        if not pairs:
            continue
        if isinstance(record, Logged):
            record.version += 1
            names["version"] = None
        written.setdefault(tuple(names), []).append(record)
        act.tell(record, pairs)
        changed.append(record)
    for names, records in written.items():
        write_many(records, names)
    return changed


def related_keys(records, name):
    """{primary key of a record: keys of the others that this relation holds}, in one query."""
    field = records[0]._meta.get_field(name)
    rows = models.QuerySet(field.remote_field.through).filter(**{f"{field.m2m_field_name()}__in": records})
    found = {record.pk: set() for record in records}
    for mine, other in rows.values_list(f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"):
        found[mine].add(other)
    return found


def _relate_many(changes):
    """Make the relations hold exactly these others; returns what the log says, {primary key: {name: [old, new]}}."""
    pairs = {}
    for name in {name for _record, relations in changes for name in relations}:
        records = [record for record, relations in changes if name in relations]
        field, held = records[0]._meta.get_field(name), related_keys(records, name)
        through = field.remote_field.through
        mine, theirs = (f"{each}_id" for each in (field.m2m_field_name(), field.m2m_reverse_field_name()))
        gone, made = {}, []
        for record, relations in changes:
            old, new = held.get(record.pk, set()), set(relations.get(name, ()))
            if name not in relations or old == new:
                continue
            pairs.setdefault(record.pk, {})[name] = [plain(sorted(old)), plain(sorted(new))]
            made += [through(**{mine: record.pk, theirs: key}) for key in sorted(new - old)]
            for key in old - new:
                gone.setdefault(key, []).append(record.pk)
        for key, owners in gone.items():
            models.QuerySet(through).filter(**{theirs: key, f"{mine}__in": owners}).delete()
        models.QuerySet(through).bulk_create(made)
    return pairs


def must_fit(record, values, good):
    """Raise the ValidationError that change_many() would raise because of one of these values by itself; the record
    stays as it is. `good` are the references found good for other records; those of this one join them."""
    known = _known(values, good)
    for name, value in values.items():
        field = record._meta.get_field(name)
        if name not in known and not (field.blank and value in field.empty_values):
            field.clean(value.pk if isinstance(value, models.Model) else value, record)
    good |= _references(values)


def _references(values):
    """What is good for one record and so for another: references alone, whose check asks the database."""
    return {(name, value.pk) for name, value in values.items() if isinstance(value, models.Model)}


def _known(values, good):
    return {name for name, _pk in _references(values) & good}


def derive_many(records, **values):
    """act.derive() of the same stored values for many records."""
    stale = [each for each in records if any(getattr(each, name) != value for name, value in values.items())]
    names = dict.fromkeys(values)
    for record in stale:
        for name, value in values.items():
            setattr(record, name, value)
        for name, value in record.derived(frozenset(values)).items():
            setattr(record, name, value)
            names[name] = None
    if stale:
        write_many(stale, list(names))


def touch_many(records):
    """act.touch() for many."""
    for record in records:
        record.version += 1
    if records:
        write_many(records, ["version"])
