import argparse
import re
import sys
from itertools import chain, islice

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import DatabaseError

from claims.management.opening import database_must_be_ready, first_line
from claims.management.progress import Progress
from claims.models import LogHead
from claims.models.verifying import Verification, not_refused


def noted(text):
    """(position, hash) of a head that was noted."""
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError("write a head as verify_log and the corrections page do: POSITION:HASH")
    position, _colon, its_hash = text.partition(":")
    return int(position), its_hash


class Command(BaseCommand):
    help = "Do the log and every verdict hold? Names the first that does not fit; then the exit code is 1."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="name everything that does not fit")
        parser.add_argument("--head", metavar="POSITION:HASH", type=noted, help="noted earlier: must still be so")

    @no_translations
    def handle(self, *args, head, **options):
        database_must_be_ready()
        there = LogHead.objects.values_list("position", flat=True).first() or 0
        progress, found = Progress(sys.stderr, there, "acts"), False
        verification = Verification(progress.at, noted=head)
        try:
            for fault in chain(not_refused(), verification if options["all"] else islice(verification, 1)):
                progress.gone()
                self.stdout.write(fault)
                found = True
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {first_line(error)}.") from None
        finally:
            progress.gone()
        if found:
            raise CommandError("Not everything fits.")
        self.tell(verification)

    def tell(self, verification):
        walked = verification.chain
        acts, lines, verdicts = (
            f"{walked.acts:,} acts",
            f"{walked.lines:,} changes",
            f"{verification.verdicts:,} verdicts",
        )
        self.stdout.write(f"Everything fits: {acts} with {lines}, {verdicts}.")
        self.stdout.write(f"Head of the chain: {walked.expected - 1}:{walked.previous}")
