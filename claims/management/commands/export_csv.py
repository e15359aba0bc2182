import sys
from contextlib import closing, nullcontext

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.csv_export import EXPORTS, RAW, SPREADSHEET, Stream, logged
from claims.management.opening import database_must_be_ready
from claims.models import Claim


class Command(BaseCommand):
    help = "Write a list as CSV: the verdicts in force, the claims, or the evidence of the verdicts in force."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=EXPORTS)
        parser.add_argument("--raw", action="store_true", help="byte-faithful: no byte-order mark, no prefixes")
        parser.add_argument("--output", metavar="FILE", help="instead of the standard output")

    def handle(self, *args, what, raw, output, **options):
        database_must_be_ready()
        stream = Stream(EXPORTS[what], Claim.objects.all(), RAW if raw else SPREADSHEET)
        try:
            with (
                open(output, "wb") if output else nullcontext(sys.stdout.buffer) as file,
                closing(logged(stream, by=None, wanted={})) as pieces,
            ):
                for piece in pieces:
                    file.write(piece)
                    file.flush()  # what cannot be written breaks the export before it is logged as whole
        except OSError as error:
            raise CommandError(f"{output or 'The standard output'} cannot be written ({error.strerror}).") from None
