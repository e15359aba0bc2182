"""A setting that cannot be read is told in one line, and not by a traceback."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "postgres://desk@[db/desk", "DATABASE_URL cannot be read: Invalid IPv6 URL."),
        ("DATABASE_URL", "postgres://desk@db:many/desk", "DATABASE_URL cannot be read: Port could not be cast"),
        ("SITE_URL", "https://[desk", "SITE_URL cannot be read: Invalid IPv6 URL."),
        ("SITE_URL", "https://desk.example:99999", "SITE_URL cannot be read: Port out of range 0-65535."),
        ("EMAIL_URL", "smtp://mail.example:post", "EMAIL_URL cannot be read: Port could not be cast"),
        ("TIME_ZONE", "Europe/Nowhere", "TIME_ZONE must be the name of a time zone, such as Europe/Vienna, not 'Eur"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of CRITICAL, ERROR, WARNING, INFO, DEBUG, not 'loud'."),
    ],
)
def test_it_is_told_in_one_line(name, value, said, tmp_path):
    environment = os.environ | {"VAR_DIR": str(tmp_path), name: value}
    command = [sys.executable, "manage.py", "check"]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith(said)
