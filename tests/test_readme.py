"""Prose is tested: what the README names exists, and what exists is named there."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from claims.policy import roles

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.S | re.M).group(1)


def first_cells(title):
    return re.findall(r"^\| `([^`]+)`", section(title), re.M)


def test_every_setting_is_in_the_table_and_the_other_way_round():
    settings = (ROOT / "factcheck" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"(?:environ\.get|truth|whole_number|one_of)\(\s*\"([A-Z_]+)\"", settings))
    assert set(first_cells("Settings")) == read


def test_every_command_of_ours_is_in_the_table():
    named = {cell.split()[1] for cell in first_cells("Commands")}
    ours = {name for name, app in get_commands().items() if app == "claims"}
    assert named >= ours
    assert named <= set(get_commands())


def test_every_command_in_the_prose_exists():
    assert set(re.findall(r"manage\.py ([a-z_]+)", README)) <= set(get_commands())


@pytest.mark.parametrize("address", sorted(set(re.findall(r"`(/(?:desk|claims)/[^`?]*)`", README))))
def test_every_address_leads_to_a_page(address):
    try:
        assert resolve(address)
    except Resolver404:
        pytest.fail(f"The README names {address}, which leads nowhere.")


def test_the_roles_are_those_of_the_file():
    assert first_cells("Who may do what") == list(roles())


def test_every_package_is_named_with_its_licence():
    rows = re.findall(r"^\| ([\w-]+) \| [^|]+ \| [\w.-]+ \|$", section("Parts it stands on"), re.M)
    packages = {re.match(r"[\w-]+", each).group().lower() for each in PYPROJECT["project"]["dependencies"]}
    assert {name.lower() for name in rows} - {"package"} == packages


@pytest.mark.parametrize("picture", sorted(set(re.findall(r"!\[[^]]+\]\(([^)]+)\)", README))))
def test_every_picture_is_there(picture):
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_the_two_commands_are_the_issue_s_two_commands():
    blocks = re.findall(r"```sh\n(.*?)\n```", section("Two commands"), re.S)
    assert blocks == [
        "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/python manage.py desk",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


def test_the_figures_come_from_a_command_that_exists():
    figures = section("Figures")
    command = re.search(r"python -m (tests\.benchmarks)", figures).group(1)
    assert (ROOT / command.replace(".", "/") / "__main__.py").exists()
