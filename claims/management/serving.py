"""What gunicorn is told where `manage.py desk` becomes the web server; it reads this module as its configuration."""

import os
import signal
import time
from contextlib import suppress

worker_class, workers, threads = "gthread", 2, 4
loglevel = "error"
control_socket_disable = True
graceful_timeout = 10  # seconds

# The environment variable in which opening.py leaves the process id of the worker beside the server.
WORKER = "DESK_WORKER"
LEAVE = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM}


def post_fork(server, worker):
    """A signal that comes before the worker has handlers of its own is put into its copy of the master's queue."""
    worker.put_aside = server.SIG_QUEUE


def post_worker_init(worker):
    """Ctrl-C lets a worker end what it is answering.

    Gunicorn's own handler takes a lock that the interrupted thread may hold already; the worker then stands still
    until it is killed. The signals put aside would be lost with the same end."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, worker.handle_exit)
    while not worker.put_aside.empty():
        if worker.put_aside.get_nowait() in LEAVE:
            worker.alive = False


def on_exit(server):
    """The desk is closed when the worker beside it has ended, too."""
    pid, end = int(os.environ[WORKER]), time.monotonic() + graceful_timeout
    with suppress(ProcessLookupError, ChildProcessError):  # it had ended already
        os.kill(pid, signal.SIGTERM)
        while not os.waitpid(pid, os.WNOHANG)[0] and time.monotonic() < end:
            time.sleep(0.05)
