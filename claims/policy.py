"""Reads the two documents that the program executes: seeds/roles.toml and seeds/ratings.toml."""

import tomllib
from functools import cache

from django.conf import settings

from claims.states import PERMISSIONS


class Unreadable(ValueError):
    """A policy file is missing or says something the program cannot do; the message names file and record."""


def read_toml(path):
    """The parsed file. Raises Unreadable, naming the file, where it is missing or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"{path.name}: cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name}: {error}.") from None


def read_roles(path):
    """{slug: role} in the order of the file; a role has label, meaning and a frozenset of permissions."""
    roles = {}
    for number, row in enumerate(read_toml(path).get("role", []), start=1):
        name = row.get("slug") or f"role {number}"
        missing = {"slug", "label", "meaning", "permissions"} - row.keys()
        if missing:
            raise Unreadable(f"{path.name}: {name} has no {', '.join(sorted(missing))}.")
        unknown = set(row["permissions"]) - PERMISSIONS.keys()
        if unknown:
            raise Unreadable(f"{path.name}: {name} has unknown permissions: {', '.join(sorted(unknown))}.")
        roles[name] = {**row, "permissions": frozenset(row["permissions"])}
    granted = frozenset().union(*(role["permissions"] for role in roles.values()))
    if PERMISSIONS.keys() - granted:
        missing = ", ".join(sorted(PERMISSIONS.keys() - granted))
        raise Unreadable(f"{path.name}: no role may {missing}. Give it to a role.")
    return roles


def read_ratings(path):
    """The scale's rows in order. A value is a whole number from 1, or absent."""
    rows, slugs = [], set()
    for number, row in enumerate(read_toml(path).get("rating", []), start=1):
        name = row.get("slug") or f"rating {number}"
        missing = {"slug", "label", "meaning"} - row.keys()
        if missing:
            raise Unreadable(f"{path.name}: {name} has no {', '.join(sorted(missing))}.")
        value = row.get("value")
        if value is not None and (type(value) is not int or value < 1):
            raise Unreadable(f"{path.name}: {name}: value must be a whole number from 1, or left out.")
        if name in slugs:
            raise Unreadable(f"{path.name}: {name} stands twice.")
        slugs.add(name)
        rows.append({**row, "value": value, "order": number})
    if not rows:
        raise Unreadable(f"{path.name}: holds no rating. Add at least one [[rating]].")
    return rows


@cache
def roles():
    return read_roles(settings.SEEDS_DIR / "roles.toml")


@cache
def ratings():
    return read_ratings(settings.SEEDS_DIR / "ratings.toml")


def permissions_of(role_slugs):
    """What the named roles may do together. A role that the file no longer has gives nothing."""
    return frozenset().union(*(roles()[slug]["permissions"] for slug in role_slugs if slug in roles()))
