import sys

from django.core.management.base import BaseCommand

from claims.management.opening import open_desk


class Command(BaseCommand):
    help = "Open the desk: database, first case, first administrator, and a web server on this machine."
    # What would fail there is said in one line by open_desk() instead.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen")
        parser.add_argument("--demo", action="store_true", help="load the fictional case too, with its people")

    def handle(self, *args, bind, demo, **options):
        try:
            open_desk(bind, demo=demo, say=self.stdout)
        except KeyboardInterrupt:
            sys.exit(0)
