"""The verbs of a redaction: asked for, withdrawn, confirmed, carried out."""

from itertools import islice
from time import monotonic

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from claims.models.files import SnapshotFile, forget_content, is_forgotten, remove_forgotten
from claims.models.log import acting
from claims.models.redaction import cleaning
from claims.models.redaction.dryrun import DryRun
from claims.models.redaction.kepttexts import holding
from claims.models.redaction.record import Redaction
from claims.models.redaction.removing import Removal
from claims.models.users import User
from claims.seals import new_salt, sealed
from claims.states import NotAllowed, Refused, WrongState
from claims.text import REMOVED, Words

PORTION = 200
State = Redaction.State


def _checked(words, reason, ground, file):
    """The words as they can be looked for. Raises ValidationError."""
    sought, errors = Words(words), {}
    short = sought.too_short()
    if file and (is_forgotten(file) or not SnapshotFile.objects.filter(sha256=file).exists()):
        errors["file_sha256"] = _("No file of this desk has this SHA-256, or its content is gone already.")
    if not sought.lines and not file:
        errors["words"] = _("Write the words that must go, a line for each form.")
    elif short:
        errors["words"] = _("Too short to be looked for everywhere: %(line)s") % {"line": ", ".join(short)}
    elif sought.stand_in(REMOVED):
        errors["words"] = _("These words stand in what is put in the place of removed ones.")
    for name, text in (("reason", reason), ("ground", ground)):
        if sought.stand_in(text):
            errors[name] = _("This stays in the history. Write it without the words that must go.")
    if errors:
        raise ValidationError(errors)
    _no_account(sought)
    return sought


def _no_account(sought):
    for person in User.objects.order_by("pk"):
        if any(map(sought.stand_in, (person.username, person.name, person.email))):
            said = _("These words name the account “%(account)s”. Let an administrator change it first.")
            raise ValidationError({"words": said % {"account": person.username}})


def _person(by):
    if by is None:
        raise NotAllowed(_("A redaction is asked for, and confirmed, by people."))


def second_people(user):
    """Who could confirm what this person asks for."""
    return User.objects.who_may("redact").exclude(pk=user.pk)


def ask(*, by, reason, ground, words="", file_sha256="", once=None):
    """Ask for words to be removed from everything, or for the content of a file. Nothing is removed before another
    person confirms it."""
    _person(by)
    values = {"words": words, "file_sha256": file_sha256, "ground": ground}
    redaction = Redaction(**values, reason=reason.strip(), asked_by=by, salt=new_salt())
    with acting("redaction.ask", by=by, reason=reason, needs_reason=True, batch=redaction.batch, once=once) as act:
        _checked(words, act.reason, ground, file_sha256)
        redaction.words_hash = sealed(words, redaction.salt) if words.strip() else ""
        redaction.asked_at = act.at
        return act.add(redaction)


def _lock_asked(act, redaction, version):
    act.lock(redaction, version=version)
    if not redaction.waits:
        raise WrongState(_("This cannot be done now: it is “%(state)s”.") % {"state": redaction.get_state_display()})


def withdraw(redaction, *, by, reason, version=None, once=None):
    """Nothing is removed; the words leave the redaction too."""
    batch = redaction.batch
    with acting("redaction.withdraw", by=by, reason=reason, needs_reason=True, batch=batch, once=once) as act:
        _lock_asked(act, redaction, version)
        if redaction.sought().stand_in(act.reason):
            said = _("This stays in the history. Write it without the words that must go.")
            raise ValidationError({"reason": said})
        act.change(redaction, state=State.WITHDRAWN, withdrawn_by=by, withdrawn_at=act.at)
        act.derive(redaction, words="", salt="")
        DryRun.objects.filter(pk=redaction.pk).delete()
    return redaction


def _forget_dry_runs():
    """Of all redactions: what they found is so no longer, and they know records by their keys, which may be a name."""
    DryRun.objects.all().delete()


def confirm(redaction, *, by, version=None, once=None):
    """A second person's word, once a dry run has looked through everything. carry_out() does what it says."""
    _person(by)
    with acting("redaction.confirm", by=by, batch=redaction.batch, once=once) as act:
        _lock_asked(act, redaction, version)
        if by == redaction.asked_by:
            raise NotAllowed(_("You asked for this yourself. A second person must confirm it."))
        _no_account(redaction.sought())
        if redaction.words and not DryRun.objects.filter(pk=redaction.pk).exclude(ended_at=None).exists():
            raise WrongState(_("It can be confirmed once all records were looked through for the words."))
        act.change(redaction, state=State.CONFIRMED, confirmed_by=by, confirmed_at=act.at)
        _forget_dry_runs()
    return redaction


def carry_out(redaction, *, seconds=None):
    """Blank whatever holds the words of a confirmed redaction, and clean up after it; or, with `seconds`, leave it
    confirmed once so much time was spent on blanking. Begun again then, after a crash, or by two workers at once, it
    does what is left. Raises Refused where words come back while they are removed, and where the database cannot be
    cleaned just now."""
    if redaction.state == State.CONFIRMED:
        _blank(redaction, seconds)
    if redaction.state == State.BLANKED:
        remove_forgotten()  # where the process died between the word and the deed
        if not cleaning.clean():
            raise Refused(_("The database is in use and will be cleaned later."))
        with acting("redaction.clean", by=None, batch=redaction.batch) as act:
            act.lock(redaction)
            if redaction.state == State.BLANKED:
                act.change(redaction, state=State.DONE, cleaned_at=act.at)
    return redaction


def _blank(redaction, seconds):
    """Go through everything, portion by portion, and again until nothing is found any more. What was found is read to
    its end before anything is written (kepttexts.portions), so the one is never in the way of the other."""
    last, spent = None, 0
    while redaction.words:
        found, first = holding(redaction.sought()), None
        while some := list(islice(found, PORTION)):
            if first is None and some == last:
                raise Refused(_("The words were written again while they were removed. It is tried again."))
            first = first or some
            begun = monotonic()
            _blank_some(redaction, some)
            spent += monotonic() - begun
            if seconds is not None and spent > seconds:
                return
        if first is None:
            break
        last = first
    _finish(redaction)


def _blank_some(redaction, some):
    """One portion: what is live in an act that names it all, then what is frozen behind that act."""
    with transaction.atomic():
        with acting("redaction.blank", by=None, batch=redaction.batch) as act:
            act.lock(redaction)
            if redaction.state != State.CONFIRMED:
                return
            removal = Removal(act, redaction)
            removal.take_all(some)
            removal.follow()
            places = redaction.places | {kind: redaction.places.get(kind, 0) + n for kind, n in removal.counts.items()}
            act.derive(redaction, places=places)
        removal.blank_frozen()


def _finish(redaction):
    words = redaction.sought()
    with acting("redaction.finish", by=None, batch=redaction.batch) as act:
        act.lock(redaction)
        if redaction.state == State.CONFIRMED:
            cleaning.forget_beside(words)
            _forget_dry_runs()
            if redaction.file_sha256:
                forget_content(act, redaction.file_sha256)
            act.change(redaction, state=State.BLANKED, blanked_at=act.at)
            act.derive(redaction, words="", salt="")
