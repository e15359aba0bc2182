"""Walking the files: is each where it was put and what it was, and is there anything that no record names?"""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from claims.models.files import SnapshotFile, hash_of, is_forgotten, place_of
from claims.storage import WholeFiles

MISSING, ALTERED, ORPHANED, NOT_GONE, FORGOTTEN, KEPT = "missing", "altered", "orphaned", "not gone", "redacted", "kept"
# An upload that takes longer than this was broken off.
UNDER_WAY = timedelta(hours=1)


def number_of_contents():
    return SnapshotFile.objects.values("sha256").distinct().count()


def contents():
    """Yield (state, SHA-256) of each content that a record names, in the order of the hashes; memory stays constant."""
    last = ""
    while row := SnapshotFile.objects.filter(sha256__gt=last).order_by("sha256").values_list("sha256").first():
        last = row[0]
        yield _state(last), last


def _state(sha256):
    if is_forgotten(sha256):
        return NOT_GONE if default_storage.exists(place_of(sha256)) else FORGOTTEN
    try:
        with default_storage.open(place_of(sha256)) as file:
            return KEPT if hash_of(file) == sha256 else ALTERED
    except FileNotFoundError:
        return MISSING


def orphans():
    """Yield the names in the storage that no record names: left by a crash, or put there by somebody.

    Looked up one folder after another; an upload under way has its record a moment after its content."""
    for folder in sorted(_inside("")[0]):
        for name in sorted(_inside(folder)[1]):
            path = f"{folder}/{name}"
            if folder == WholeFiles.BESIDE:
                if default_storage.get_modified_time(path) < timezone.now() - UNDER_WAY:
                    yield path
            elif path != place_of(name) or not _named(name):
                yield path
    yield from sorted(_inside("")[1])


def _named(sha256):
    return SnapshotFile.objects.filter(sha256=sha256).exists() or is_forgotten(sha256)


def _inside(folder):
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
