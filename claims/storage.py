"""Where files come in, and where they stay: both in constant memory, and neither by halves."""

import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import TemporaryFileUploadHandler


def most_bytes():
    return settings.MAX_FILE_MB * 1024 * 1024


class CappedUploads(TemporaryFileUploadHandler):
    """Keeps no more of an uploaded file than shows that it is too large; the rest is read and dropped, so that the
    form can say so at its field."""

    def receive_data_chunk(self, raw_data, start):
        self.file.write(raw_data[: max(most_bytes() + 1 - start, 0)])

    def file_complete(self, file_size):
        return super().file_complete(min(file_size, most_bytes() + 1))


class WholeFiles(FileSystemStorage):
    """Files of this machine, each there whole or not at all: it is written beside its place, and moved there when it
    is safe on the disk. What a crash leaves behind lies in BESIDE."""

    BESIDE = "unfinished"

    def _save(self, name, content):
        place, beside = Path(self.path(name)), Path(self.path(self.BESIDE))
        for folder in (place.parent, beside):
            folder.mkdir(mode=self.directory_permissions_mode or 0o777, parents=True, exist_ok=True)
        descriptor, written = tempfile.mkstemp(dir=beside)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in content.chunks():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(written, self.file_permissions_mode or 0o600)
            os.replace(written, place)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
        _to_disk(place.parent)
        return name


def _to_disk(folder):
    """The entry of a moved file survives a power cut only when its folder was written as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
