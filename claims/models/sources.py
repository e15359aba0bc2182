"""Documents: the article a claim stands in and, equally, the document that is evidence; and their content in time."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.fields import Day, Hash, LanguageCode, Line, Link, Prose, SortKey
from claims.models.guarded import Frozen, Logged, RefusingQuerySet
from claims.models.links import follow_link
from claims.models.log import acting
from claims.seals import sha256
from claims.text import index_words, plain_words, sort_key

LONGEST_TEXT = 1_000_000


class ShieldedQuerySet(RefusingQuerySet):
    """Records of which some are protected; unprotected() of each kind says which are not."""

    def visible_to(self, user):
        """For those who read the desk; what is protected, for those among them who may see it."""
        if not user.is_authenticated or not user.may("read_desk"):
            return self.none()
        return self if user.may("see_protected") else self.unprotected()


class PublisherQuerySet(ShieldedQuerySet):
    def unprotected(self):
        """Those of a source that may be seen, or of none: to name the publisher may be to name a protected source."""
        own = Source.objects.filter(publisher=OuterRef("pk"))
        return self.filter(Exists(own.unprotected()) | ~Exists(own))


class Publisher(Logged):
    name = Line(_("name"), max_length=200)
    site = Line(
        _("site"),
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^(?!www\.)[a-z0-9.-]+\.[a-z0-9-]+$", _("Write the host alone, without www."))],
        help_text=_("The host without www, for example example.org."),
    )
    name_key = SortKey(db_index=True)

    UNLOGGED = frozenset({"name_key"})
    GIVEN = frozenset({"name", "site"})
    objects = PublisherQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("publisher"), _("publishers")

    def __str__(self):
        return self.name

    def derived(self, changed=None):
        return {"name_key": sort_key(self.name)}


class SourceQuerySet(ShieldedQuerySet):
    def unprotected(self):
        return self.filter(protected=False)

    def newest(self):
        return self.order_by("-pk")

    def found(self, query):
        """Those in whose title or address every word of `query` stands, or begins or ends inside a word."""
        sources = self if plain_words(query) or not query.strip() else self.none()
        for word in index_words(query).split()[:20]:
            sources = sources.filter(words__contains=word)
        return sources

    def titled(self, title):
        """Those of exactly this title, however it is folded; at most a hundred."""
        alike = self.filter(title_key=sort_key(title)).order_by("pk")[:100] if sort_key(title) else ()
        return [source for source in alike if plain_words(source.title) == plain_words(title)]


class Source(Logged):
    title = Line(_("title"), max_length=500)
    url = Link(_("address"), blank=True, help_text=_("Leave empty where it is not known."))
    publisher = models.ForeignKey(
        Publisher, models.PROTECT, null=True, blank=True, verbose_name=_("publisher"), related_name="sources"
    )
    byline = Line(_("byline"), max_length=300, blank=True)
    language = LanguageCode(_("language"), default="en")
    published_on = Day(_("published on"), null=True, blank=True)
    contained_in = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("contained in"), related_name="contains"
    )
    protected = models.BooleanField(
        _("protected"), default=False, help_text=_("Its title, address and words never leave the desk.")
    )
    note = Prose(_("note"), blank=True, longest=5_000, help_text=_("What is known about it, and what is not."))
    archive_url = Link(
        _("archived copy"), blank=True, help_text=_("Where a copy is kept that stays when the original goes.")
    )
    title_key = SortKey(db_index=True)
    # Title and address as plain words, since each database folds letters in a way of its own.
    words = models.TextField(editable=False, default="")

    UNLOGGED = frozenset({"title_key", "words"})
    GIVEN = frozenset(
        {
            "title",
            "url",
            "publisher",
            "byline",
            "language",
            "published_on",
            "contained_in",
            "protected",
            "note",
            "archive_url",
        }
    )
    objects = SourceQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("source"), _("sources")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("source", args=[self.pk])

    def is_visible_to(self, user):
        """What visible_to() says, for a source at hand and a person who reads the desk."""
        return not self.protected or user.may("see_protected")

    def derived(self, changed=None):
        return {"title_key": sort_key(self.title), "words": index_words(f"{self.title} {self.url}")}

    def latest_snapshot(self):
        return self.snapshots.order_by("-pk").first()

    def contents(self):
        """The snapshots that hold all of it, as text or as a file, newest first."""
        return self.snapshots.exclude(how=Snapshot.How.QUOTE_ONLY).order_by("-pk")

    def as_evidence(self):
        """The snapshot that a new piece of evidence rests on: the newest whole one, else the newest words."""
        return self.contents().first() or self.latest_snapshot()

    def texts(self):
        """The snapshots that hold the whole text, newest first."""
        return self.contents().exclude(text="")

    def full_text(self):
        """The newest snapshot that holds the whole text, or None where only quotes are kept."""
        return self.texts().first()

    def take_snapshot(self, text, *, by, how, once=None):
        """Keep the text as it reads now. The same text again is no new snapshot."""
        with acting("source.take_snapshot", by=by, once=once) as act:
            act.lock(self)
            return keep_text(act, self, text, how)


class SnapshotQuerySet(ShieldedQuerySet):
    def unprotected(self):
        return self.filter(source__in=Source.objects.unprotected())


class Snapshot(Frozen):
    class How(models.TextChoices):
        PASTED = "pasted", _("Pasted")
        FETCHED = "fetched", _("Fetched")
        FILE = "file", _("From a file")
        QUOTE_ONLY = "quote_only", _("Quote only")

    source = models.ForeignKey(Source, models.PROTECT, related_name="snapshots")
    text = Prose(_("text"), longest=LONGEST_TEXT, strip=False)
    # Of the text; where a file is all there is (models/files.py), the text is empty and this is the file's.
    sha256 = Hash()
    taken_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_by = models.ForeignKey("claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    how = models.CharField(_("how"), max_length=12, choices=How, default=How.PASTED)

    # The log carries the hash: an article stands in one place, whence a redaction can remove it.
    UNLOGGED = frozenset({"text"})
    objects = SnapshotQuerySet.as_manager()

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("snapshot"), _("snapshots")
        indexes = [models.Index(fields=["source", "sha256"], name="snapshots_by_content")]

    def __str__(self):
        return f"{self.get_how_display()}, {self.taken_at:%Y-%m-%d %H:%M}"


def keep_text(act, source, text, how):
    """The snapshot of `source` with exactly this text, made where there is none, in an open act."""
    text = Prose(longest=LONGEST_TEXT).to_python(text)
    digest = sha256(text.encode())
    found = Snapshot.objects.filter(source=source, sha256=digest, how=how).first()
    if found:
        return found
    return act.add(Snapshot(source=source, text=text, sha256=digest, taken_at=act.at, taken_by=act.by, how=how))


def publisher_in(act, what):
    """The publisher meant by `what`: a Publisher, None, or a name; made in an open act where the name is new."""
    if not isinstance(what, str):
        return what
    if not sort_key(what):
        return None
    found = Publisher.objects.filter(name_key=sort_key(what)).order_by("pk").first()
    return found or act.add(Publisher(name=what.strip()))


def source_in(act, what):
    """The source meant by `what`: a Source, or a dict of a new one as for add_source(), made in an open act."""
    if not isinstance(what, dict):
        return what
    text, how = what.get("text", ""), what.get("how", Snapshot.How.PASTED)
    values = {name: value for name, value in what.items() if name not in {"text", "how"}}
    source = act.add(Source(**Source.given(values) | {"publisher": publisher_in(act, values.get("publisher"))}))
    if text.strip():
        keep_text(act, source, text, how)
    follow_link(source, act.at)
    return source


def add_source(*, by, text="", how=Snapshot.How.PASTED, once=None, **values):
    """A new source, with the text it has now where there is one; `publisher` may be a name."""
    with acting("source.add", by=by, once=once) as act:
        return source_in(act, {**values, "text": text, "how": how})
