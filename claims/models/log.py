"""The log: acts and their changes, chained by hash under one head; and the one way in which logged records change.

    with acting("claim.select", by=user, reason=reason) as act:
        act.lock(claim, version=version)
        act.change(claim, decision=Decision.SELECTED)

Only an open act writes logged records, and each write becomes a line of the act. The act itself is written last, when
the block ends, so the head is the last lock taken and nobody waits for it longer than an insert takes.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.fields import Hash, Prose
from claims.models.guarded import Frozen, Logged, RefusingQuerySet
from claims.models.statements import append, insert_many, locked, write
from claims.seals import ORIGIN, canonical, plain, seal, sha256
from claims.states import VERBS, AlreadyDone, NotAllowed, OutsideVerb, Refused, Stale, WrongState, state_label
from claims.text import replaced, shows


class LogHead(models.Model):
    """One row: where the chain ends."""

    position = models.BigIntegerField(default=0)
    hash = Hash(default=ORIGIN)


class ActQuerySet(RefusingQuerySet):
    def of_claim(self, claim):
        """Acts that touched a claim, its appearances, evidence, check or verdict; newest first."""
        return self.filter(position__in=Change.objects.filter(claim_id=claim.pk).values("act_id")).order_by("-position")

    def of(self, record):
        """Acts that touched one record; newest first."""
        lines = Change.objects.filter(kind=kind_of(type(record)), object_id=record.pk)
        return self.filter(position__in=lines.values("act_id")).order_by("-position")


class Act(Frozen):
    """One verb by one person, or by the system (no actor)."""

    position = models.BigIntegerField(primary_key=True)
    verb = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="acts")
    reason = Prose(blank=True, longest=5_000)
    reason_seal = models.JSONField()
    at = models.DateTimeField()
    batch = models.UUIDField(null=True)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by", db_index=False)
    once = models.UUIDField(null=True)
    body = Hash()
    previous = Hash()
    hash = Hash()

    objects = ActQuerySet.as_manager()

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("act"), _("acts")
        # Partial, since most acts have none of the three and every act is written under the head lock.
        constraints = [models.UniqueConstraint(fields=["once"], condition=Q(once__isnull=False), name="one_act_a_form")]
        indexes = [
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="acts_of_batch"),
            models.Index(fields=["undoes"], condition=Q(undoes__isnull=False), name="acts_that_undo"),
        ]

    def __str__(self):
        return f"{self.position} {self.verb}"

    @property
    def label(self):
        return VERBS[self.verb].label if self.verb in VERBS else self.verb

    def canonical_form(self, lines):
        """What the hash of the act's body covers; `lines` are its changes in order."""
        return {
            "form": "act/1",
            "verb": self.verb,
            "actor": None if self.actor_id is None else str(self.actor_id),
            "at": plain(self.at),
            "batch": None if self.batch is None else str(self.batch),
            "undoes": None if self.undoes_id is None else str(self.undoes_id),
            "reason": self.reason_seal[1],
            "changes": [line.canonical_form() for line in lines],
        }

    def computed_body(self, lines):
        return sha256(canonical(self.canonical_form(lines)))


class Change(Frozen):
    """One record touched by an act: for each field the old and the new value, and a seal for each of the two."""

    # The index of the constraint below serves; the hash covers what a foreign key check would say at each insert.
    act = models.ForeignKey(Act, models.PROTECT, related_name="changes", db_index=False, db_constraint=False)
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    claim_id = models.BigIntegerField(null=True)
    values = models.JSONField()
    seals = models.JSONField()

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("change"), _("changes")
        ordering = ["act_id", "line"]
        constraints = [models.UniqueConstraint(fields=["act", "line"], name="one_change_a_line")]
        indexes = [
            models.Index(fields=["kind", "object_id"], name="changes_by_object"),
            models.Index(fields=["claim_id", "act"], name="changes_by_claim"),
        ]

    def __str__(self):
        return f"{self.act_id}.{self.line} {self.kind} {self.object_id}"

    def canonical_form(self):
        return {
            "kind": self.kind,
            "object": None if self.object_id is None else str(self.object_id),
            "claim": None if self.claim_id is None else str(self.claim_id),
            "fields": {name: [old[1], new[1]] for name, (old, new) in self.seals.items()},
        }


def kind_of(model):
    return model._meta.model_name


@cache
def logged_fields(model):
    """The fields whose values a change line carries."""
    skipped = {"id", "version"}
    return tuple(field for field in model._meta.concrete_fields if field.name not in skipped | model.UNLOGGED)


class OpenAct:
    """An act under way. Its methods are the only writers of guarded records."""

    def __init__(self, verb, by, reason, batch, once, undoes):
        self.verb, self.by, self.reason, self.batch, self.once, self.undoes = (
            verb,
            by,
            reason,
            batch,
            once,
            undoes,
        )
        self.at = timezone.now()
        self.lines = []
        # Who is to know of it (models/notifications.py): written right behind the act, whose place they name.
        self.told = []
        self.written = None

    def lock(self, record, *, version=None):
        """Read the record again under a lock. Raises Stale where `version` is not the one that stands, and Refused
        where the record is gone."""
        try:
            locked(record)
        except ObjectDoesNotExist:
            raise Refused(_("Somebody removed this meanwhile. Nothing was saved.")) from None
        if version is not None and int(version) != record.version:
            raise Stale(record)
        return record

    def move(self, record, state):
        """The transition table's word on a state. Raises WrongState, or returns where the verb leads."""
        verb = VERBS[self.verb]
        if state not in verb.starts:
            raise WrongState(_("This cannot be done now: it is “%(state)s”.") % {"state": state_label(state)})
        return verb.ends

    def add(self, record, **related):
        """Insert a new record. `related` are many-to-many values, {name: [records]}. Raises ValidationError."""
        self._derive_and_check(record, None, record.UNLOGGED)
        models.Model.save_base(record, force_insert=True)
        values = {field.name: [None, plain(field.value_from_object(record))] for field in logged_fields(type(record))}
        values = {name: pair for name, pair in values.items() if pair[1] not in (None, "", False)}
        for name, others in related.items():
            values |= self._relate(record, name, others)
        self.tell(record, values)
        return record

    def _derive_and_check(self, record, changed, unchecked):
        """Full validation, with the derived values computed between the fields' own checks and those of uniqueness."""
        errors = {}
        for check in (lambda: record.clean_fields(exclude=unchecked), record.clean):
            try:
                check()
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)
        derived = record.derived(changed)
        for name, value in derived.items():
            setattr(record, name, value)
        record.validate_unique(exclude=unchecked - derived.keys())
        record.validate_constraints(exclude=unchecked - derived.keys())
        return derived

    def edit(self, record, related=None, **values):
        """change() for what a caller of the verb gave: only what the record's GIVEN names."""
        return self.change(record, related, **record.given(values))

    def change(self, record, related=None, **values):
        """Set fields of a locked record; what is equal already is no change. Returns the names that changed."""
        pairs, names = self.take(record, values)
        for name, others in (related or {}).items():
            pairs |= self._relate(record, name, others)
        if not pairs:
            return frozenset()
        if isinstance(record, Logged):
            record.version += 1
            names["version"] = None
        write(record, list(names))
        self.tell(record, pairs)
        return frozenset(pairs)

    def take(self, record, values, *, known=frozenset()):
        """Set fields of a record, fully checked, and write nothing yet: ({name: [old, new]}, names to be written).

        `known` are names whose values were found good for another record already."""
        if isinstance(record, Frozen):
            raise OutsideVerb(f"{type(record).__name__} is frozen.")
        old = {name: plain(record._meta.get_field(name).value_from_object(record)) for name in values}
        for name, value in values.items():
            setattr(record, name, value)
        fields = {field.name for field in record._meta.concrete_fields}
        derived = self._derive_and_check(record, frozenset(values), fields - values.keys() | known)
        pairs = {}
        for name in values:
            new = plain(record._meta.get_field(name).value_from_object(record))
            if new != old[name]:
                pairs[name] = [old[name], new]
        return pairs, dict.fromkeys(pairs) | dict.fromkeys(derived)

    def touch(self, record):
        """Raise the version of a record whose parts changed, so that a form opened before finds itself stale."""
        record.version += 1
        write(record, ["version"])

    def derive(self, record, **values):
        """Write `values`, and what is computed from other records, again; neither version nor log know of it: what
        made them so stands in the log as another line."""
        stale = {name: value for name, value in values.items() if getattr(record, name) != value}
        for name, value in stale.items():
            setattr(record, name, value)
        for name, value in record.derived().items():
            if getattr(record, name) != value:
                setattr(record, name, value)
                stale[name] = value
        if stale:
            write(record, list(stale))

    def remove(self, record):
        """Delete a record; its last values stay in the log."""
        values = {field.name: [plain(field.value_from_object(record)), None] for field in logged_fields(type(record))}
        self.tell(record, {name: pair for name, pair in values.items() if pair[0] not in (None, "", False)})
        models.QuerySet(type(record)).filter(pk=record.pk).delete()

    def note(self, kind, *, object_id=None, claim_id=None, **values):
        """A line about something that is no record: what was exported, what was refused."""
        said = {name: replaced(value) if isinstance(value, str) else value for name, value in values.items()}
        self._line(kind, object_id, claim_id, {name: [None, plain(value)] for name, value in said.items()})

    def _relate(self, record, name, others):
        """Make a many-to-many relation hold exactly `others`, in their order; returns the change for the log."""
        field = record._meta.get_field(name)
        through, mine, theirs = (
            field.remote_field.through,
            field.m2m_field_name(),
            field.m2m_reverse_field_name(),
        )
        rows = models.QuerySet(through).filter(**{mine: record})
        old = sorted(rows.values_list(f"{theirs}_id", flat=True))
        new = sorted({other.pk for other in others})
        if old == new:
            return {}
        rows.filter(**{f"{theirs}_id__in": set(old) - set(new)}).delete()
        missing = [through(**{mine: record, f"{theirs}_id": pk}) for pk in sorted(set(new) - set(old))]
        models.QuerySet(through).bulk_create(missing)
        getattr(record, "_prefetched_objects_cache", {}).pop(name, None)
        return {name: [plain(old), plain(new)]}

    def tell(self, record, values):
        """The line of a record: {field: [old, new]}."""
        if values:
            touched = record.pk if kind_of(type(record)) == "claim" else record.claim_touched
            self._line(kind_of(type(record)), record.pk, touched, values)

    def _line(self, kind, object_id, claim_id, values):
        seals = {name: [seal(old), seal(new)] for name, (old, new) in values.items()}
        self.lines.append(Change(kind=kind, object_id=object_id, claim_id=claim_id, values=values, seals=seals))

    def close(self):
        """Write the act and its lines under the head lock. An act that changed nothing leaves no line."""
        if not self.lines:
            return
        act = Act(
            verb=self.verb,
            actor=self.by,
            reason=self.reason,
            reason_seal=seal(self.reason),
            at=self.at,
            batch=self.batch,
            undoes=self.undoes,
            once=self.once,
        )
        for number, line in enumerate(self.lines, start=1):
            line.line = number
        act.body = act.computed_body(self.lines)
        append(act, self.lines)
        if self.told:
            for each in self.told:
                each.act, each.at = act, act.at
            insert_many(self.told)
        self.written = act


# What becomes of an act when its verb is done: it is written, or held back for its fellows (models/together.py).
FINISH = ContextVar("finish", default=OpenAct.close)


@contextmanager
def acting(verb, *, by, reason="", needs_reason=False, batch=None, once=None, undoes=None):
    """Open an act: one transaction, the permission of the verb checked first, the log line written last.

    `by` is the person, or None for the system. `once` is the token of the form that asked for it: a second act with
    the same token raises AlreadyDone. Raises NotAllowed, and ValidationError where a reason is needed and missing.
    """
    permission = VERBS[verb].permission
    if by is not None and not by.is_authenticated:
        raise NotAllowed(_("Log in first."))
    if by is not None and permission and not by.may(permission):
        raise NotAllowed(_("Your role does not allow this."))
    reason = Prose(longest=5_000).to_python(reason).strip()
    if needs_reason and not shows(reason):
        raise ValidationError({"reason": _("Give the reason; it stays in the history.")})
    if len(reason) > 5_000:
        raise ValidationError({"reason": _("Keep the reason under 5,000 characters.")})
    with one_transaction([once]):
        refuse_again(once)
        act = OpenAct(verb, by, reason, batch, once, undoes)
        yield act
        FINISH.get()(act)


@contextmanager
def one_transaction(tokens):
    """A transaction that ends in AlreadyDone where an act with one of the tokens was written meanwhile: the same form
    was sent twice at once, and the second finds the first one's token when it writes its act."""
    try:
        with transaction.atomic():
            yield
    except (IntegrityError, Refused, ValidationError) as error:
        for once in tokens:
            refuse_again(once)
        if isinstance(error, IntegrityError) and _same_twice(error):
            raise Refused(_("Somebody saved the same at the same moment. Nothing was saved; send it again.")) from None
        raise


def _same_twice(error):
    """Did two people make one thing at once, such as a new topic? Any other breach is a fault of the program."""
    return getattr(error.__cause__, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error)


def refuse_again(once):
    """Raise AlreadyDone where an act with this token stands in the log."""
    done = once and Act.objects.filter(once=once).first()
    if done:
        raise AlreadyDone(done)


def log_refusal(*, by, path, method, reason=""):
    """Write down that somebody was refused. Called by access.py; a refusal is an act without a change of records."""
    with acting("refusal", by=by, reason=reason) as act:
        act.note("refusal", path=path, method=method)
