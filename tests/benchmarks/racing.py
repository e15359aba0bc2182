"""The figures of people and processes that get in each other's way, and of processes that are killed at their work.

`bench` starts steps of steps.py on one database; `sizes` are the numbers of the issue, or smaller ones for a quick
look.
"""

import sys
from dataclasses import dataclass

# The bulk acts last: each redaction reads the whole log, and they make it long.
KILLED = ("publish", "supersede", "run_due", "redact", "bulk edit", "undo")


@dataclass(frozen=True)
class Sizes:
    processes: int = 8
    edits: int = 100
    forms: int = 20
    rounds: int = 200
    kills: int = 30
    # Claims in a portion of a bulk act, of which three are killed at.
    portion: int = 1_000
    lives: int = 100
    steps: int = 50


SMALL = Sizes(processes=4, edits=10, rounds=10, kills=3, portion=10, lives=10, steps=20)


def races(bench, sizes):
    many_edits(bench, sizes)
    one_form(bench, sizes)
    approvals(bench, sizes)
    self_approval(bench)
    lives(bench, sizes)
    for kind in KILLED:
        killed(bench, kind, sizes)


def many_edits(bench, sizes):
    found, wanted = bench.run("edits", sizes.processes, sizes.edits), sizes.processes * sizes.edits
    whole = found["saved"] + found["refused"] == wanted and not (found["lost"] or found["faults"] or found["breaks"])
    what = f"{wanted} edits by {sizes.processes} processes: saved, refused, lost"
    bench.bound(what, f"{found['saved']}, {found['refused']}, {found['lost']}", whole, "none lost, the chain unbroken")


def one_form(bench, sizes):
    found = bench.run("one_form", sizes.forms)
    holds = (found["rows"], found["acts"], found["led_to_it"]) == (1, 1, sizes.forms)
    bench.bound(f"one form sent {sizes.forms} times at once: rows", str(found["rows"]), holds, "one, and all led to it")


def approvals(bench, sizes):
    found = bench.run("approvals", sizes.rounds)
    what = f"{sizes.rounds} rounds of two approving, one editing: verdicts, edits"
    holds = not (found["two"] or found["unseen"] or found["faults"])
    bench.bound(what, f"{found['verdicts']}, {found['edits']}", holds, "never two, none of text unseen")


def killed(bench, kind, sizes):
    found = bench.run("kills", kind, sizes.kills, sizes.portion)
    what = f"{kind}, killed {sizes.kills} times: {found['begun']} begun, {found['through']} through"
    holds = not found["faults"]
    for fault in found["faults"]:
        print(f"  {bench.name}: {kind}: {fault}", file=sys.stderr)
    bench.bound(what, f"{len(found['faults'])} faults", holds, "as before or after; the second run ends it")


def self_approval(bench):
    found = bench.run("self_approval")
    through = [door for door, opened in found.items() if opened]
    bench.bound(f"own submissions approved, by {', '.join(found)}", f"{len(through)} of {len(found)}", not through, "0")


def lives(bench, sizes):
    found = bench.run("lives", sizes.lives, sizes.steps)
    what = f"{found['lives']} random lives with {found['acts']:,} acts, {found['verdicts']} verdicts"
    bench.bound(what, f"{len(found['faults'])} broken rules", not found["faults"], "none")
