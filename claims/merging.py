"""Putting together what two people made of one text, where they changed different words of it. Pure: no Django."""

from itertools import pairwise
from typing import NamedTuple

from claims.wording import ADDED, EQUAL, differences


class Edit(NamedTuple):
    """`words` in place of base[start:end]; nothing is removed where the two are equal."""

    start: int
    end: int
    words: str


def edits(base, changed):
    """What leads from `base` to `changed`, in order."""
    found, at = [], 0
    start, added = None, ""
    for run in [*differences(base, changed), None]:
        if run is None or run.kind == EQUAL:
            if start is not None:
                found.append(Edit(start, at, added))
            start, added = None, ""
        elif start is None:
            start = at
        if run is None:
            break
        if run.kind == ADDED:
            added += run.words
        else:
            at += len(run.words)
    return found


def merged(base, theirs, mine):
    """`base` with the changes of both, or None where that is not plain: where one of them changed nothing, or where no
    word stands unchanged between a change of the one and a change of the other."""
    ours = [edits(base, theirs), edits(base, mine)]
    if not all(ours):
        return None
    ordered = sorted((edit, side) for side, each in enumerate(ours) for edit in each)
    for (left, side), (right, other) in pairwise(ordered):
        if side != other and not any(map(str.isalnum, base[left.end : right.start])):
            return None
    for edit, _side in reversed(ordered):
        base = base[: edit.start] + edit.words + base[edit.end :]
    return base
