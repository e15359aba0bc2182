import os
import signal

from django.core.management.base import BaseCommand

from claims.jobs import JOBS
from claims.jobs.worker import Worker
from claims.management.opening import database_must_be_ready


class Command(BaseCommand):
    help = "Do what is due: tell people of due claims, look after links, send the mails that wait. Any number may run."

    def add_arguments(self, parser):
        parser.add_argument("--loop", action="store_true", help="go on until ended by Ctrl-C or a signal")
        parser.add_argument("--beside", type=int, metavar="PID", help="with --loop: end when this parent process ends")

    def handle(self, *args, loop, beside, **options):
        worker = Worker(JOBS, self.tell)
        if loop:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, worker.leave)
        database_must_be_ready()
        if loop:
            worker.loop(lambda: beside in {None, os.getppid()})
        else:
            worker.once()

    def tell(self, line):
        self.stdout.write(line)
        self.stdout.flush()
