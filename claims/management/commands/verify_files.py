import sys
from collections import Counter

from django.core.management.base import BaseCommand, CommandError

from claims.management.opening import database_must_be_ready
from claims.management.progress import Progress
from claims.models.keptfiles import (
    ALTERED,
    FORGOTTEN,
    KEPT,
    MISSING,
    NOT_GONE,
    ORPHANED,
    contents,
    number_of_contents,
    orphans,
)

SAID = {
    MISSING: "is missing",
    ALTERED: "was altered: its content has another hash",
    NOT_GONE: "was redacted, and is still there",
}


class Command(BaseCommand):
    help = "Look at every kept file: is it there, and is it what it was? Names what is not, and what no record names."

    def handle(self, *args, **options):
        database_must_be_ready()
        counts, progress = Counter(), Progress(sys.stderr, number_of_contents(), "files")
        for state, sha256 in contents():
            counts[state] += 1
            if state in SAID:
                progress.gone()
                self.stdout.write(f"{sha256} {SAID[state]}")
            progress.at(counts.total())
        progress.gone()
        for name in orphans():
            counts[ORPHANED] += 1
            self.stdout.write(f"{name} is named by no record")
        told = ", ".join(
            f"{counts[state]:,} {state}" for state in (KEPT, FORGOTTEN, MISSING, ALTERED, NOT_GONE, ORPHANED)
        )
        self.stdout.write(told)
        if counts.keys() - {KEPT, FORGOTTEN}:
            raise CommandError("Not all files are as they were put there.")
