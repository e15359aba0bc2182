"""Where an export goes that was started from a shell."""

import sys
from contextlib import closing, nullcontext

from django.core.management.base import CommandError


def write_out(pieces, output):
    """Write the pieces of a generator to the file of this name, or to the standard output where there is none.

    Raises CommandError where that cannot be written; the generator is closed in any case."""
    try:
        with open(output, "wb") if output else nullcontext(sys.stdout.buffer) as file, closing(pieces):
            for piece in pieces:
                file.write(piece)
                file.flush()  # what cannot be written breaks the export before it is logged as whole
    except OSError as error:
        raise CommandError(f"{output or 'The standard output'} cannot be written ({error.strerror}).") from None
