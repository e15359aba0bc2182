"""Records that refuse every door but an open act's: see models/log.py, which alone writes them."""

from django.db import models

from claims.states import OutsideVerb


class RefusingQuerySet(models.QuerySet):
    """A queryset that reads. Whatever would write is refused: verbs write."""

    def _refuse(self, *args, **kwargs):
        raise OutsideVerb(f"{self.model.__name__} is written by verbs alone; see claims/models/log.py.")

    create = bulk_create = bulk_update = update = delete = _refuse
    acreate = abulk_create = abulk_update = aupdate = adelete = _refuse
    get_or_create = update_or_create = aget_or_create = aupdate_or_create = _refuse
    _raw_delete = _refuse
    for _each in (create, delete):
        _each.alters_data = True
    del _each


class Guarded(models.Model):
    """A record that only an open act writes."""

    # Names of the fields that are computed or kept elsewhere, and so have no place in the log.
    UNLOGGED = frozenset()

    objects = RefusingQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    # What whoever calls an adding or editing verb may say of the record; all else is the verbs' own to set.
    GIVEN = frozenset()

    def save(self, *args, **kwargs):
        raise OutsideVerb(f"{type(self).__name__} is written by verbs alone; see claims/models/log.py.")

    save_base = save

    def _save_table(self, raw=False, *args, **kwargs):
        """The deserializer of fixtures calls Model.save_base() past the one above; it alone saves raw."""
        if raw:
            raise OutsideVerb(f"{type(self).__name__} is written by verbs alone; see claims/models/log.py.")
        return models.Model._save_table(self, raw, *args, **kwargs)

    def delete(self, *args, **kwargs):
        raise OutsideVerb(f"{type(self).__name__} is removed by verbs alone; see claims/models/log.py.")

    save.alters_data = delete.alters_data = True

    @classmethod
    def given(cls, values):
        """`values`, where a caller may set each of them; raises OutsideVerb where not."""
        beyond = values.keys() - cls.GIVEN
        if beyond:
            raise OutsideVerb(f"{cls.__name__}: {', '.join(sorted(beyond))} is not for callers to set.")
        return values

    @property
    def claim_touched(self):
        """The id of the claim in whose history a change of this record shows, or None."""
        return getattr(self, "claim_id", None)

    def derived(self, changed=None):
        """Values computed from the record's own fields: stored for lists, never typed, never logged. `changed` are
        the names that just changed, so that what does not follow from them need not be looked at; None is all."""
        return {}


class Frozen(Guarded):
    """A record that is written once. The database refuses changes to it too: see models/triggers.py."""

    class Meta(Guarded.Meta):
        abstract = True


class Logged(Guarded):
    """A record with a version that every change raises."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(Guarded.Meta):
        abstract = True
