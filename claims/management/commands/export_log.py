import sys

from django.core.management.base import BaseCommand

from claims.exchange.csv_export import logged
from claims.exchange.log_export import LogStream
from claims.management.opening import database_must_be_ready
from claims.management.output import write_out
from claims.management.progress import Progress
from claims.models import LogHead


class Command(BaseCommand):
    help = "Write the whole log and every verdict as JSON Lines, for anybody to verify; the README says how."

    def add_arguments(self, parser):
        parser.add_argument("--output", metavar="FILE", help="instead of the standard output")
        parser.add_argument("--with-protected", action="store_true", help="with the values of what is protected")

    def handle(self, *args, output, with_protected, **options):
        database_must_be_ready()
        stream = LogStream(protected=with_protected)
        there = LogHead.objects.values_list("position", flat=True).first() or 0
        progress = Progress(sys.stderr, there, "acts") if output else None
        write_out(self.watched(stream, progress), output)

    def watched(self, stream, progress):
        for piece in logged(stream, by=None, wanted={}):
            if progress:
                progress.at(stream.rows)
            yield piece
        if progress:
            progress.gone()
