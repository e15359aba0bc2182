"""Opening the desk on one machine: database, static files, first case, first administrator, web server.

Every step looks first at what is there, so that opening again makes nothing twice.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from claims.management.serving import WORKER
from claims.models import User
from claims.models.users import one_time_password
from claims.seals import canonical, sha256
from claims.system_checks import policies_can_be_read

FIRST_ROLES = ["administrator", "managing-editor"]
# Where a desk that listens everywhere is reached from its own machine.
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
OTHER_MACHINES = "Other machines are let in once SITE_URL (or ALLOWED_HOSTS) names this one as they know it."


def open_desk(bind, *, demo, say):
    """Make ready what is missing and become the web server; returns only by raising CommandError."""
    listening, address, everywhere = listen(bind)
    policies_must_be_readable()
    try:
        make_database()
        collect_static_files()
        call_command("seed", stdout=say)
        if demo:
            call_command("seed", "demo", stdout=say)
        make_first_administrator(say)
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {first_line(error)}.") from None
    except OSError as error:
        raise CommandError(f"{error.filename or settings.VAR_DIR} cannot be written ({error.strerror}).") from None
    connections.close_all()
    say.write(f"The desk is open at {address}/ (Ctrl-C closes it)")
    if everywhere and not (os.environ.get("SITE_URL") or os.environ.get("ALLOWED_HOSTS")):
        say.write(OTHER_MACHINES)
    say.flush()
    serve(listening, address)


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def listen(bind):
    """(socket, address, whether it listens everywhere) for "HOST:PORT".

    It listens at once: who comes early waits, and nobody else takes the port."""
    host, _colon, port = bind.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise CommandError(f"--bind must be HOST:PORT, for example 127.0.0.1:8000, not {bind}.")
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, int(port)))
        listening.listen(128)
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"Cannot listen on {bind}: {reason}. Choose another address with --bind.") from None
    found, port = listening.getsockname()[:2]
    host = ANYWHERE.get(found, host)
    name = f"[{host}]" if ":" in host else host
    return listening, f"http://{name}:{port}", found in ANYWHERE


def policies_must_be_readable():
    for fault in policies_can_be_read(None):
        raise CommandError(f"{fault.msg} {fault.hint}")


def make_database():
    """Connect first: whether there is a database to be had is the commonest thing to go wrong."""
    if connection.vendor == "sqlite":
        Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    connection.ensure_connection()
    call_command("migrate", interactive=False, verbosity=0)


def database_must_be_ready():
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {first_line(error)}.") from None
    if missing:
        raise CommandError("The database lacks what this version needs. Run manage.py migrate (or desk) first.")


def collect_static_files():
    """Naming and compressing them takes seconds, so it is done when one of them has changed."""
    paths = sorted(storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    stats = [[path, str(os.stat(path).st_size), str(os.stat(path).st_mtime_ns)] for path in paths]
    state, kept = sha256(canonical(stats)), settings.VAR_DIR / "static.sha256"
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and kept.exists() and kept.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(state)


def make_first_administrator(say):
    """Where nobody can make accounts, somebody who can. The password is printed here and kept nowhere."""
    if User.objects.who_may("manage_accounts").exists() or User.objects.filter(username="admin").exists():
        return
    password = one_time_password()
    User.objects.create_user("admin", None, password, by=None, roles=FIRST_ROLES, must_change_password=True)
    say.write(f"First administrator: user name admin, one-time password {password}")
    say.flush()


def serve(listening, address):
    """Become gunicorn, on the socket that listens already."""
    os.environ["SITE_URL"] = os.environ.get("SITE_URL") or address
    listening.set_inheritable(True)
    command = [
        sys.executable, "-m", "gunicorn", "factcheck.wsgi:application", "--bind", f"fd://{listening.fileno()}",
        "--chdir", str(settings.BASE_DIR), "--config", "python:claims.management.serving",
    ]  # fmt: skip
    # Until gunicorn has handlers of its own, Ctrl-C would end in a traceback; it inherits that it is ignored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_worker()
    os.execv(sys.executable, command)  # noqa: S606


def start_worker():
    """Beside the web server, whose child it stays, a worker that ends with it; serving.py waits for that."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_due", "--loop", "--beside", str(os.getpid())]
    os.environ[WORKER] = str(subprocess.Popen(command).pid)  # noqa: S603
