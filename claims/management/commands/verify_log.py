import argparse
import re
import sys
from itertools import chain, islice

from django.core.management.base import BaseCommand, CommandError

from claims.management.opening import database_must_be_ready
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

    def handle(self, *args, head, **options):
        database_must_be_ready()
        there = LogHead.objects.values_list("position", flat=True).first() or 0
        progress, faults = Progress(sys.stderr, there, "acts"), 0
        verification = Verification(progress.at, noted=head)
        for fault in chain(not_refused(), verification if options["all"] else islice(verification, 1)):
            progress.gone()
            self.stdout.write(fault)
            faults += 1
        progress.gone()
        if faults:
            raise CommandError("Not everything fits.")
        acts, lines, verdicts = verification.chain.acts, verification.chain.lines, verification.verdicts
        self.stdout.write(f"Everything fits: {acts:,} acts with {lines:,} changes, {verdicts:,} verdicts.")
        self.stdout.write(f"Head of the chain: {verification.chain.expected - 1}:{verification.chain.previous}")
