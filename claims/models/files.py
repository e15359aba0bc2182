"""Files that belong to a snapshot of a source: taken by what they are, kept once by their hash, found years later.

A file is in the storage before its row is written. What a crash leaves there without a row does no harm, and
`manage.py verify_files` names it."""

import hashlib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from claims.file_kinds import HEAD, MediaType, TextSoFar, magic, saved_as, tame
from claims.models.fields import Hash, Line
from claims.models.guarded import Frozen, RefusingQuerySet
from claims.models.keeping import keep_in_step, said
from claims.models.log import acting
from claims.models.sources import ShieldedQuerySet, Snapshot
from claims.states import Refused
from claims.storage import most_bytes

AT_ONCE = 64 * 1024
UNKNOWN = _(
    "This is none of the kinds of files that are kept, whatever its name says: "
    "PDF, PNG, JPEG, WebP, plain text in UTF-8, HTML, WARC."
)
NEVER_AGAIN = _("What this file holds was removed for good, and is not kept again.")


def place_of(sha256):
    """The name under which the storage keeps the content of this hash."""
    return f"{sha256[:2]}/{sha256}"


def pieces_of(file):
    """The bytes of an open file, a few at a time."""
    while piece := file.read(AT_ONCE):
        yield piece


def hash_of(file):
    digest = hashlib.sha256()
    for piece in pieces_of(file):
        digest.update(piece)
    return digest.hexdigest()


class Incoming:
    """A file that somebody sent, looked at once, in constant memory: its hash, size, kind and harmless name.

    Raises ValidationError where it is empty, too large, or of no kind that is kept."""

    def __init__(self, file):
        self.file, self.name, self._kept = file, tame(file.name or ""), False
        if file.size > most_bytes():
            most = _("This file is larger than %(most)d MB, which is the most that is kept.")
            raise ValidationError(most, params={"most": settings.MAX_FILE_MB})
        if not file.size:
            raise ValidationError(_("This file is empty."))
        self.size, self.sha256, self.media_type = self._looked_at()
        if is_forgotten(self.sha256):
            raise ValidationError(NEVER_AGAIN)

    def __str__(self):
        return self.name

    def _looked_at(self):
        digest, kind, size, text = hashlib.sha256(), None, 0, TextSoFar()
        self.file.seek(0)
        for piece in pieces_of(self.file):
            kind = kind if size else magic(piece[:HEAD])
            digest.update(piece)
            size += len(piece)
            if kind is None:
                text.feed(piece)
        text.feed(b"", last=True)
        if kind is None and not text.holds:
            raise ValidationError(UNKNOWN)
        return size, digest.hexdigest(), kind or MediaType.TEXT

    def keep(self):
        """Write the content where it stays, unless it is there already and unaltered."""
        if not self._kept and not _is_kept(self.sha256):
            self.file.seek(0)
            place = place_of(self.sha256)
            saved = default_storage.save(place, self.file)
            if saved != place:  # a storage that overwrites nothing: somebody else's upload of it came first
                default_storage.delete(saved)
        self._kept = True
        return self


def incoming(file):
    """`file`, looked at and kept: before a transaction begins, so that nobody waits for the disk."""
    return (file if isinstance(file, Incoming) else Incoming(file)).keep()


def _is_kept(sha256):
    if not default_storage.exists(place_of(sha256)):
        return False
    with default_storage.open(place_of(sha256)) as file:
        return hash_of(file) == sha256


class SnapshotFileQuerySet(ShieldedQuerySet):
    def unprotected(self):
        """Those of a source that may be seen, save where protected evidence rests on the same content: whoever may not
        see that does not get its file by way of the source."""
        resting = Snapshot.objects.filter(pk=OuterRef("snapshot"), evidence__protected=True)
        return self.filter(~Exists(resting), snapshot__in=Snapshot.objects.unprotected())

    def for_list(self):
        """Each saying whether its content is `forgotten`."""
        forgotten = Exists(ForgottenContent.objects.filter(sha256=OuterRef("sha256")))
        return self.annotate(forgotten=forgotten).select_related("snapshot", "added_by").defer("snapshot__text")

    def of_source(self, source):
        """Those of its newest content first."""
        return self.filter(snapshot__source=source).for_list().order_by("-snapshot", "pk")

    def by_snapshot(self, snapshots):
        """{number of a snapshot: its files} of these snapshots, by their numbers."""
        found = {number: [] for number in snapshots}
        for file in self.filter(snapshot__in=snapshots).for_list().order_by("pk"):
            found[file.snapshot_id].append(file)
        return found


class SnapshotFile(Frozen):
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="files")
    sha256 = Hash(db_index=True)
    size = models.BigIntegerField(_("size"), editable=False)
    media_type = models.CharField(_("type"), max_length=40, choices=MediaType, editable=False)
    name = Line(_("name"), max_length=200, blank=True)
    added_by = models.ForeignKey("claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    added_at = models.DateTimeField(editable=False)

    objects = SnapshotFileQuerySet.as_manager()

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("file"), _("files")
        constraints = [models.UniqueConstraint(fields=["snapshot", "sha256"], name="one_file_a_snapshot")]

    def __str__(self):
        return self.name or self.get_media_type_display()

    def get_absolute_url(self):
        return f"{self.snapshot.source.get_absolute_url()}#files"

    @property
    def saved_as(self):
        return saved_as(self.name, self.media_type)

    def opened(self):
        """The content, open for reading. Raises Refused where it is gone, or is not what was put there."""
        if is_forgotten(self.sha256):
            raise Refused(_("What this file held was removed for good, as the history says."))
        try:
            file = default_storage.open(place_of(self.sha256))
        except FileNotFoundError:
            raise Refused(_("This file is missing from the storage. Tell whoever runs the desk.")) from None
        if hash_of(file) != self.sha256:
            file.close()
            raise Refused(_("This file was altered in the storage, so it is not shown. Tell whoever runs the desk."))
        file.seek(0)
        return file


class ForgottenContent(Frozen):
    """That the content of a file was removed by a confirmed redaction: it is not missing, and never comes back."""

    sha256 = Hash(unique=True)
    forgotten_at = models.DateTimeField(editable=False)

    objects = RefusingQuerySet.as_manager()

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("removed content"), _("removed contents")

    def __str__(self):
        return self.sha256


def is_forgotten(sha256):
    return ForgottenContent.objects.filter(sha256=sha256).exists()


def forget_content(act, sha256):
    """In the open act of a confirmed redaction: say that the content of this hash was removed, and remove it from the
    storage as soon as the act is committed. Every file row of this content stays, with its hash, and says so; the
    same content is never taken again. Does nothing where that was said before.

    Where the process dies between commit and removal, `manage.py verify_files` names it, and remove_forgotten()
    removes it."""
    if not is_forgotten(sha256):
        act.add(ForgottenContent(sha256=sha256, forgotten_at=act.at))
    transaction.on_commit(lambda: default_storage.delete(place_of(sha256)))


def remove_forgotten():
    """Remove from the storage whatever of forgotten content is still there: the hashes of what was."""
    removed = []
    for sha256 in ForgottenContent.objects.order_by("pk").values_list("sha256", flat=True).iterator():
        if default_storage.exists(place_of(sha256)):
            default_storage.delete(place_of(sha256))
            removed.append(sha256)
    return removed


def put_file(act, source, file, snapshot):
    """The file as part of a snapshot of `source`, in an open act; without a snapshot that holds more than quotes, the
    file is one of its own. What stands there already is left as it is."""
    if is_forgotten(file.sha256):
        raise Refused(NEVER_AGAIN, field="file")
    if snapshot is None or snapshot.how == Snapshot.How.QUOTE_ONLY:
        snapshot = _snapshot_of(act, source, file)
    found = SnapshotFile.objects.filter(snapshot=snapshot, sha256=file.sha256).first()
    if found:
        return found
    made = act.add(
        SnapshotFile(
            snapshot=snapshot, sha256=file.sha256, size=file.size, media_type=file.media_type, name=file.name,
            added_by=act.by, added_at=act.at,
        )
    )  # fmt: skip
    rests = snapshot.evidence.order_by().values_list("claim_id", flat=True)
    keep_in_step(act, set(rests), because=said(_("A file of a source")))
    return made


def _snapshot_of(act, source, file):
    """The snapshot that is this file alone: it has no text, and its hash is that of the file."""
    values = {"source": source, "how": Snapshot.How.FILE, "sha256": file.sha256}
    found = Snapshot.objects.filter(**values).first()
    return found or act.add(Snapshot(text="", taken_at=act.at, taken_by=act.by, **values))


def add_file(source, *, file, by, snapshot=None, once=None):
    """Attach a file (Django's File, or Incoming) to a snapshot of a source; None: it is a content of its own, as the
    source is now. The same content once more on the same snapshot changes nothing.

    Raises ValidationError where it is empty, too large or of no kind that is kept."""
    file = incoming(file)
    with acting("source.add_file", by=by, once=once) as act:
        source = act.lock(source)
        if snapshot is not None and snapshot.source_id != source.pk:
            raise ValidationError({"snapshot": _("This snapshot is another source’s.")})
        return put_file(act, source, file, snapshot)
