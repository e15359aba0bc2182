"""What people of the desk say to each other about a claim, and about passages of its draft."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.fields import Prose
from claims.models.guarded import Guarded, Logged
from claims.models.log import acting
from claims.models.notifications import Notification, tell
from claims.models.sources import ShieldedQuerySet
from claims.models.users import User
from claims.states import NotAllowed, Refused, WrongState
from claims.text import letters_at, mentions, shows


class CommentQuerySet(ShieldedQuerySet):
    def visible_to(self, user):
        """What others say about a claim may tell of its draft, and is kept with it."""
        if not user.is_authenticated:
            return self.none()
        kept = Check.objects.kept_from(user).values("claim")
        return super().visible_to(user).exclude(~Q(author=user), claim__in=kept)

    def unprotected(self):
        return self.filter(protected=False)

    def of_claim(self, claim):
        """With what a page shows of them, oldest first, at a constant number of queries."""
        return (
            self.filter(claim=claim)
            .select_related("author", "resolved_by")
            .prefetch_related("mentioned")
            .order_by("pk")
        )

    def kept_from(self, claim, user):
        """The claim's comments that this reader of the desk may not see."""
        return self.none() if user.may("see_protected") else self.filter(claim=claim, protected=True, removed_at=None)


class Comment(Logged):
    class Field(models.TextChoices):
        """Which text of the draft the passage stands in."""

        SUMMARY = "summary", _("Summary")
        EXPLANATION = "explanation", _("Explanation")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="comments")
    check_file = models.ForeignKey(
        Check, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("check"), related_name="comments"
    )
    passage_field = models.CharField(_("text"), max_length=11, choices=Field, blank=True)
    passage = Prose(
        _("words of the draft"), blank=True, longest=2_000,
        help_text=_("Where the comment is about some of its words, copy them here exactly as they stand."),
    )  # fmt: skip
    author = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="comments")
    text = Prose(_("comment"), blank=True, longest=5_000)
    protected = models.BooleanField(
        _("protected"), default=False,
        help_text=_("It speaks of something protected: only those who may see that will read it."),
    )  # fmt: skip
    answers = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("answer to"),
        related_name="answered_by",
    )  # fmt: skip
    mentioned = models.ManyToManyField(
        User, through="Mention", blank=True, verbose_name=_("mentioned"), related_name="mentioned_in"
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")

    UNLOGGED = frozenset({"added_at", "edited_at"})
    objects = CommentQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("comment"), _("comments")

    def __str__(self):
        return Truncator(self.text).chars(80)

    def get_absolute_url(self):
        return f"{self.claim.get_absolute_url()}#comment-{self.pk}"

    def clean(self):
        if not self.removed_at and not shows(self.text):
            raise ValidationError({"text": _("Write what you want to say.")})

    def places(self, text):
        """[(start, end)] where the passage stands in a text of the draft."""
        return letters_at(text, self.passage)

    # Verbs

    def _lock(self, act, version):
        act.lock(self, version=version)
        if self.removed_at:
            raise WrongState(_("This comment was removed."))

    def _lock_own(self, act, version):
        self._lock(act, version)
        if self.author != act.by:
            raise NotAllowed(_("Only who wrote a comment changes it."))

    def edit(self, *, by, text, protected=False, version=None, once=None):
        """Change one's own words, or make them protected. Who is mentioned for the first time is told.

        Protected once is protected for good, whatever `protected` says: the old words stand in the log."""
        with acting("comment.edit", by=by, once=once) as act:
            self._lock_own(act, version)
            protected = protected or self.protected
            before, people = set(self.mentioned.all()), people_named(text, protected=protected)
            changed = act.change(self, {"mentioned": people}, text=text, protected=protected)
            if "protected" in changed:
                self._protect_answers(act)
            if changed:
                act.derive(self, edited_at=act.at)
                self._tell(act, [each for each in people if each not in before])
        return self

    def _protect_answers(self, act):
        """They may say again what they answer. Nobody is led any more to what they may not read."""
        closed = [self]
        for answer in self.answered_by.filter(protected=False).order_by("pk"):
            act.change(act.lock(answer), protected=True)
            closed.append(answer)
        trusted = User.objects.who_may("see_protected")
        Notification.objects.filter(comment__in=closed).exclude(person__in=trusted).mark_read()

    def remove(self, *, by, version=None, once=None):
        """Take one's own words off the page; they stay in the log. Answers to them stay."""
        with acting("comment.remove", by=by, once=once) as act:
            self._lock_own(act, version)
            act.change(self, {"mentioned": []}, text="", removed_at=act.at)
            self.notifications.all().mark_read()
        return self

    def resolve(self, *, by, version=None, once=None):
        """Nothing is left to be done about it, nor about its answers."""
        return self._set_resolved("comment.resolve", by, lambda act: act.at, version, once)

    def reopen(self, *, by, version=None, once=None):
        """It was not resolved after all."""
        return self._set_resolved("comment.reopen", by, lambda act: None, version, once)

    def _set_resolved(self, verb, by, when, version, once):
        with acting(verb, by=by, once=once) as act:
            act.lock(self, version=version)
            if self.answers_id:
                raise WrongState(_("What was answered is resolved, not the answer."))
            resolved_at = when(act)
            if bool(resolved_at) != bool(self.resolved_at):
                act.change(self, resolved_at=resolved_at, resolved_by=by if resolved_at else None)
        return self

    def _tell(self, act, people):
        tell(act, Notification.Kind.MENTIONED, people, self.claim, check=self.check_file, comment=self)


def people_named(text, *, protected):
    """The people whom the @names of a text mean, among those who may read it. An @name of nobody here is left alone:
    accounts elsewhere are written so too."""
    wanted = [names for _start, _end, names in mentions(text)]
    if not wanted:
        return []
    known = {}
    for person in User.objects.working():
        if person.may("read_desk") and (person.may("see_protected") or not protected):
            known[person.username] = known[person.username.casefold()] = person
    found = (next((known[key] for name in names for key in _keys(name) if key in known), None) for names in wanted)
    return list(dict.fromkeys(filter(None, found)))


def _keys(name):
    return name, name.casefold()


def add_comment(claim, *, by, text, passage="", passage_field="", protected=False, answers=None, once=None):
    """Say something about the claim, about a passage of its open draft, or in answer to another comment.

    `passage` are words of the draft; where no `passage_field` is given, the summary is searched first. An answer to
    an answer joins the same conversation. Raises ValidationError where the words do not stand in the draft."""
    with acting("comment.add", by=by, once=once) as act:
        comment = Comment(claim=claim, author=by, text=text, protected=protected, added_at=act.at)
        if answers is not None:
            comment.answers = _conversation(act, answers, claim)
            comment.protected = protected or comment.answers.protected
        elif passage.strip():
            comment.check_file = _draft_before(claim, by)
            comment.passage = passage.strip()
            comment.passage_field = _field_of(comment, passage_field)
        people = people_named(text, protected=comment.protected)
        act.add(comment, mentioned=people)
        comment._tell(act, people)
    return comment


def _draft_before(claim, by):
    """The open check whose words a person can quote."""
    return (claim.checks.open() if by is None else claim.checks.open().visible_to(by)).first()


def _conversation(act, comment, claim):
    """The first comment, read again under a lock, so that it does not become protected while it is answered."""
    first = act.lock(comment.answers or comment)
    if first.claim_id != claim.pk:
        raise Refused(_("This comment is about another claim."))
    if comment.removed_at:
        raise WrongState(_("This comment was removed."))
    return first


def _field_of(comment, wanted):
    if comment.check_file is None:
        raise ValidationError({"passage": _("There is no open draft. Leave this empty.")})
    for field in [wanted] if wanted in Comment.Field.values else Comment.Field.values:
        if comment.places(getattr(comment.check_file, field)):
            return field
    raise ValidationError(
        {"passage": _("These words do not stand in the draft as it was last saved. Copy them exactly.")}
    )


class MentionQuerySet(ShieldedQuerySet):
    def visible_to(self, user):
        return super().visible_to(user).filter(comment__in=Comment.objects.visible_to(user))

    def unprotected(self):
        return self.filter(comment__in=Comment.objects.unprotected())


class Mention(Guarded):
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = MentionQuerySet.as_manager()

    class Meta(Guarded.Meta):
        verbose_name, verbose_name_plural = _("mention"), _("mentions")
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="one_mention_once")]
