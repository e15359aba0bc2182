"""What a file is, by its content and never by its name; and how a name that somebody gave it is made harmless. Pure:
no models, no storage.

What is text and what is HTML follows the MIME Sniffing standard of the WHATWG (its tables of tags and of binary bytes).
"""

import codecs
import re
import unicodedata
import zlib

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# As much of the beginning as any kind is told by.
HEAD = 4_096
LONGEST_NAME = 150


class MediaType(TextChoices):
    """The kinds that are kept, by the media type under which each is served."""

    PDF = "application/pdf", "PDF"
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"
    TEXT = "text/plain", _("Plain text")
    HTML = "text/html", _("Web page (HTML)")
    WARC = "application/warc", "WARC"
    WARC_GZ = "application/gzip", _("Compressed WARC")


# The endings of each kind; a downloaded file without one of them gets the first, since systems open files by it.
ENDS = {
    MediaType.PDF: (".pdf",),
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.WEBP: (".webp",),
    MediaType.TEXT: (".txt", ".md", ".csv", ".log"),
    MediaType.HTML: (".html", ".htm"),
    MediaType.WARC: (".warc",),
    MediaType.WARC_GZ: (".warc.gz",),
}
BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_TAGS = "!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|BODY|BR|B|P"
_HTML = re.compile(rf"(?:\xef\xbb\xbf)?[\t\n\f\r ]*(?:<(?:{_TAGS})[ >]|<!--)".encode("latin-1"), re.IGNORECASE)
# Nothing that a file system, a header or a reader's eye takes for something else.
_UNFIT = re.compile(r'[<>:"|?*\N{REPLACEMENT CHARACTER}]')


def magic(head):
    """The kind that the first bytes say, or None where they may be plain text."""
    if head.startswith(b"%PDF-"):
        return MediaType.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return MediaType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith(b"WARC/"):
        return MediaType.WARC
    if head.startswith(b"\x1f\x8b") and _begins_inside(head) == b"WARC/":
        return MediaType.WARC_GZ
    if _HTML.match(head):
        return MediaType.HTML
    return None


def _begins_inside(head):
    """The first five bytes of what is compressed: more of it is never unpacked."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 5)
    except zlib.error:
        return b""


class TextSoFar:
    """Is it still UTF-8 without bytes that no text has? Fed piece by piece; it keeps none of them."""

    def __init__(self):
        self.holds, self._decoder = True, codecs.getincrementaldecoder("utf-8")()

    def feed(self, piece, *, last=False):
        try:
            self._decoder.decode(piece, last)
        except UnicodeDecodeError:
            self.holds = False
        self.holds = self.holds and not BINARY.search(piece)


def tame(name):
    """The last part of the name that came with a file, without what could mislead whoever reads or saves it."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    plain = " ".join(_UNFIT.sub("_", seen).split()).strip(" .")
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 20] + plain[-20:]


def saved_as(name, media_type):
    """A name whose ending says what the file is."""
    ends = ENDS[MediaType(media_type)]
    name = name or "file"
    return name if name.lower().endswith(ends) else name + ends[0]
