"""The browser tests on a machine without chromium: skipped with a plain word, and a failure where CI is set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ONE = "tests/browser/test_pages.py::test_the_first_key_leads_to_the_content"
WORD = "There is no chromium on this machine (Debian's package is called chromium)."


@pytest.mark.parametrize(("ci", "code", "ended"), [({}, 0, "1 skipped"), ({"CI": "true"}, 1, "1 error")])
def test_without_chromium(tmp_path, ci, code, ended):
    env = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    env |= {"PATH": str(tmp_path), "VAR_DIR": str(tmp_path), **ci}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, WORD in done.stdout, ended in done.stdout) == (code, True, True)
