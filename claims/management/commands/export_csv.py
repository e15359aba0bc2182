from argparse import ArgumentTypeError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from claims.exchange.csv_export import CURRENT, EXPORTS, FULL, HISTORIES, RAW, SPREADSHEET, Stream, Which, logged
from claims.management.opening import database_must_be_ready
from claims.management.output import write_out
from claims.models import Claim
from claims.models.fields import PastDayFormField


def _day(typed):
    try:
        return PastDayFormField().clean(typed)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from None


class Command(BaseCommand):
    help = "Write a list as CSV: the verdicts in force, the claims, or the evidence of the verdicts in force."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=EXPORTS)
        parser.add_argument("--raw", action="store_true", help="byte-faithful: no byte-order mark, no prefixes")
        parser.add_argument("--output", metavar="FILE", help="instead of the standard output")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", type=_day, help="as it stood when that day ended")
        parser.add_argument("--history", choices=HISTORIES, default=CURRENT, help="full: replaced verdicts too")

    def handle(self, *args, what, raw, output, as_of, history, **options):
        database_must_be_ready()
        claims = Claim.objects.noted_until(as_of) if as_of else Claim.objects.all()
        stream = Stream(EXPORTS[what], claims, RAW if raw else SPREADSHEET, Which(as_of, history == FULL))
        wanted = {"as_of": [as_of.isoformat()]} if as_of else {}
        wanted |= {"history": [history]} if history != CURRENT else {}
        write_out(logged(stream, by=None, wanted=wanted), output)
