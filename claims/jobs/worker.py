"""The process that does the jobs, once or for as long as it is let."""

import logging
import time

from django.db import Error as DatabaseFault
from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)
BREATH = 0.5  # seconds; so soon it ends when asked to


class Worker:
    def __init__(self, jobs, say):
        self.jobs, self.say, self.leaving = jobs, say, False

    def leave(self, *signal):
        """End after the job at hand. Takes what a signal handler is given."""
        self.leaving = True

    def once(self):
        for job in self.jobs:
            self._do(job)

    def _do(self, job):
        line = job.do()
        if line:
            self.say(f"{job.name}: {line}")

    def loop(self, alive=lambda: True):
        """Do each job at its times until told to leave, or until `alive` says that nobody needs it any more."""
        due = dict.fromkeys(self.jobs, 0)
        while not self.leaving and alive():
            for job in self.jobs:
                if time.monotonic() >= due[job] and not self.leaving:
                    self._try(job)
                    due[job] = time.monotonic() + job.every.total_seconds()
            time.sleep(BREATH)

    def _try(self, job):
        """A job that fails is tried again at its next time; the others go on."""
        close_old_connections()
        try:
            self._do(job)
        except DatabaseFault as error:
            logger.warning("%s: the database cannot be used: %s", job.name, str(error).strip())
            connections.close_all()
        except Exception:
            logger.exception("%s failed", job.name)
