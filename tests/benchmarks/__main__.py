"""The figures that the README promises, measured anew, on both databases.

    python -m tests.benchmarks [--rows 1000000] [--only lists,bulk]

SQLite runs in a temporary folder; PostgreSQL where DATABASE_URL names a server, in a scratch database beside that one.
Each step runs in a fresh process. Exit code 1 where a bound is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.benchmarks.paired import paired
from tests.benchmarks.racing import SMALL as SMALL_RACES
from tests.benchmarks.racing import Sizes, races

ROOT = Path(__file__).resolve().parents[2]
START = "import django; django.setup(); from tests.benchmarks.steps import main; main()"
SMALL = 10_000
SECTIONS = ("exports", "writing", "lists", "pages", "bulk", "races", "log")
DATABASES = ("SQLite", "PostgreSQL")
MOST_TIMES, LONGEST_WAIT, MORE_MEMORY = 3, 1, 20
# Half of what proxies wait for an answer, unless told otherwise.
LONGEST_REQUEST = 30
# A thousand claims without drafts or news for anybody need a few less.
MOST_QUERIES = 30


class Bench:
    """One database under measurement."""

    def __init__(self, name, url, var_dir):
        self.name, self.bounds = name, []
        self.env = {
            **os.environ,
            "DATABASE_URL": url,
            "VAR_DIR": var_dir,
            "DJANGO_SETTINGS_MODULE": "factcheck.settings",
        }

    def start(self, *step, **options):
        command = [sys.executable, "-c", START, *map(str, step)]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True, **options)

    def run(self, *step):
        print(f"  {self.name}: {' '.join(map(str, step))}", file=sys.stderr, flush=True)
        process = self.start(*step)
        printed, _nothing = process.communicate()
        if process.returncode:
            sys.exit(f"The step {step} failed.")
        return json.loads(printed.splitlines()[-1])

    def bound(self, what, figure, holds, wanted):
        self.bounds.append(holds)
        print(f"{self.name:<11}{what:<58}{figure:>22}   {'holds' if holds else 'MISSED'}: {wanted}")

    def figure(self, what, figure):
        print(f"{self.name:<11}{what:<58}{figure:>22}")


def rate(measured):
    return measured["rows"] / measured["seconds"]


def exports(bench, rows, *, alone):
    bench.run("fill", min(SMALL, rows))
    small = bench.run("export")
    bench.run("fill", rows)
    large, raw = bench.run("export"), bench.run("export", "raw")
    other = None if alone else bench.run("import_export")
    copied = bench.run("copy") if bench.name == "PostgreSQL" else None
    bench.figure(f"verdicts.csv, {large['rows']:,} rows", f"{rate(large):,.0f} rows/s")
    bench.figure("the same, raw", f"{rate(raw):,.0f} rows/s")
    more = large["peak_mb"] - small["peak_mb"]
    what = f"peak memory, {large['peak_mb']:.0f} MB, over that at {small['rows']:,} rows"
    bench.bound(what, f"{more:+.1f} MB", more <= 20, "at most 20 MB")
    if other:
        times = rate(large) / rate(other)
        bench.figure(f"django-import-export, peak {other['peak_mb']:.0f} MB", f"{rate(other):,.0f} rows/s")
        bench.bound("verdicts.csv against django-import-export", f"{times:.1f} times", times >= 3, "at least 3 times")
    if copied:
        share = rate(large) / rate(copied)
        bench.figure("COPY (…) TO STDOUT WITH CSV", f"{rate(copied):,.0f} rows/s")
        bench.bound("verdicts.csv against COPY", f"{share:.2f}", share >= 0.2, "at least 0.2")


def writing(bench, verbs, processes):
    alone = bench.run("verbs", verbs)
    bench.figure(f"bare save(), median of {verbs} claims", f"{alone['save_ms']:.2f} ms")
    bench.figure("one verb on the same row", f"{alone['verb_ms']:.2f} ms")
    ratio = alone["ratio"]
    bench.bound("verb against save(), median ratio", f"{ratio:.2f} times", ratio <= 3, "at most 3 times")
    before = bench.run("chain")
    print(f"  {bench.name}: {processes} processes write", file=sys.stderr, flush=True)
    writers = [bench.start("write", number, processes, verbs) for number in range(processes)]
    for writer in writers:
        writer.communicate()
    if any(writer.returncode for writer in writers):
        sys.exit(f"{bench.name}: a writer failed.")
    after = bench.run("chain")
    acts = after["acts"] - before["acts"]
    whole = not after["breaks"] and acts == processes * verbs
    what = f"{processes} processes at once, {acts:,} of {processes * verbs:,} verbs written"
    bench.bound(what, f"{len(after['breaks'])} breaks", whole, "all written, the chain unbroken")


def reading(few, many, rows, sections):
    """Every list, and every page, at a hundredth of the size and at the size, in turn."""
    small = max(rows // 100, SMALL) if rows > SMALL else max(rows // 10, 2_000)
    few.run("desk", small)
    many.run("desk", rows)
    print(f"{many.name}, milliseconds at {small:,} and {rows:,} claims; queries; the stock changelist")
    for section in sections:
        for line in paired(few, many, section):
            compare(many, *line)
    if "pages" in sections:
        dry_run(few, many)


def dry_run(few, many):
    """Where words stand that must go: looked for in everything, slice by slice."""
    less, more = few.run("look"), many.run("look")
    what = f"dry run of a redaction, {more['rows']:,} records, {more['found']:,} found"
    many.figure(what, f"{more['seconds']:.0f} s")
    many.figure("the same", f"{rate(more):,.0f} records/s")
    longest = more["longest"]
    many.bound("its longest request", f"{longest:.1f} s", longest <= LONGEST_REQUEST, f"at most {LONGEST_REQUEST} s")
    memory = more["peak_mb"] - less["peak_mb"]
    what = f"peak memory, {more['peak_mb']:.0f} MB, over that at {less['rows']:,} records"
    many.bound(what, f"{memory:+.1f} MB", memory <= MORE_MEMORY, f"at most {MORE_MEMORY} MB")


def compare(bench, name, few, many, ratio, queries, stock):
    """A line of the table. The bound of times is not for what counts all there is: statistics, and the admin's list."""
    holds = queries[0] == queries[1] and (ratio <= MOST_TIMES or name.startswith(("statistics", "the admin")))
    bench.bounds.append(holds)
    beside = f"{stock[0]:>9,.0f}{stock[1]:>9,.0f}" if None not in stock else " " * 18
    times = f"{few:>8,.0f}{many:>8,.0f}{ratio:>7.2f}{queries[0]:>5}{queries[1]:>5}"
    print(f"{bench.name:<11}{name:<38}{times}{beside}   {'holds' if holds else 'MISSED'}", flush=True)


def bulk_acts(bench, number, folder):
    """An assignment of many claims and its undoing, while somebody else edits another claim."""
    few = bench.run("bulk", number // 10)
    stop = Path(folder) / f"{bench.name}.stop"
    other = bench.start("edit_until", stop)
    many = bench.run("bulk", number)
    stop.touch()
    printed, _nothing = other.communicate()
    waited = json.loads(printed.splitlines()[-1])
    bench.figure(f"assign {number:,} claims", f"{many['seconds']:.1f} s")
    bench.figure("undo it", f"{many['undo_seconds']:.1f} s")
    at_all, kept = many["refused"]
    whole = not at_all and many["changed"] == many["undone"] + kept
    figure = f"{many['changed']:,}, {many['undone']:,}, {kept:,}"
    bench.bound("changed, undone, refused in undoing", figure, whole, "none lost")
    for what, name in (("queries", "assign"), ("undo_queries", "undo")):
        each = sorted(set(many[what]))
        figure = str(each[0]) if len(each) == 1 else f"{each[0]} to {each[-1]}"
        bench.bound(f"queries a thousand, {name}", figure, each[-1] <= MOST_QUERIES, f"at most {MOST_QUERIES}")
    more = many["peak_mb"] - few["peak_mb"]
    what = f"peak memory, {many['peak_mb']:.0f} MB, over that of {number // 10:,} claims"
    bench.bound(what, f"{more:+.1f} MB", more <= MORE_MEMORY, f"at most {MORE_MEMORY} MB")
    what = f"longest of {waited['edits']:,} edits by somebody else"
    bench.bound(what, f"{waited['longest']:.2f} s", waited["longest"] <= LONGEST_WAIT, f"at most {LONGEST_WAIT} s")


def walking(bench, acts):
    """The log verified and written out, at few acts and at many."""
    steps = {"verify": "verify_log", "log_out": "export_log"}
    bench.run("log", min(SMALL, acts // 2))
    few = {step: bench.run(step) for step in steps}
    bench.run("log", acts)
    for step, command in steps.items():
        many = bench.run(step)
        bench.figure(f"{command}, {many['rows']:,} acts", f"{rate(many):,.0f} acts/s")
        more = many["peak_mb"] - few[step]["peak_mb"]
        what = f"peak memory, {many['peak_mb']:.0f} MB, over that at {few[step]['rows']:,} acts"
        bench.bound(what, f"{more:+.1f} MB", more <= MORE_MEMORY, f"at most {MORE_MEMORY} MB")
        if step == "verify":
            bench.bound("what does not fit", str(len(many["faults"])), not many["faults"], "nothing")


def scratch(url, what):
    """A new database on the server of this address, beside the one it names, and how to drop it."""
    parts = urlsplit(url)
    name = f"{parts.path.strip('/')}_benchmark_{what}"

    def drop():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    drop()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return parts._replace(path=f"/{name}").geturl(), drop


def measure(only, name, address, folder, options):
    """Each kind of database content in a database of its own."""
    held = []
    if {"exports", "writing"} & only:
        bench = Bench(name, address("verdicts"), folder)
        bench.run("prepare")
        if "exports" in only:
            exports(bench, options.rows, alone=options.alone)
        else:
            bench.run("fill", min(SMALL, options.rows))
        if "writing" in only:
            writing(bench, options.verbs, options.processes)
        held += bench.bounds
    if {"lists", "pages", "bulk"} & only:
        bench = Bench(name, address("desk"), folder)
        bench.run("prepare")
        if {"lists", "pages"} & only:
            few = Bench(name, address("small_desk"), folder)
            few.run("prepare")
            reading(few, bench, options.rows, [each for each in ("lists", "pages") if each in only])
        if "bulk" in only:
            bench.run("desk", max(options.rows, SMALL // 2))
            bulk_acts(bench, min(SMALL, options.rows), folder)
        held += bench.bounds
    if "races" in only:
        bench = Bench(name, address("races"), folder)
        bench.run("prepare")
        races(bench, Sizes() if options.rows >= SMALL else SMALL_RACES)
        held += bench.bounds
    if "log" in only:
        bench = Bench(name, address("log"), folder)
        bench.run("prepare")
        walking(bench, options.rows)
        held += bench.bounds
    return held


def among(known):
    """An argument that names some of these, parted by commas."""

    def chosen(text):
        names = set(text.split(","))
        if names - set(known):
            raise argparse.ArgumentTypeError(f"choose among {', '.join(known)}")
        return names

    return chosen


def on_postgresql(url, folder, options):
    if not url.startswith("postgres"):
        print("PostgreSQL  not measured: DATABASE_URL names no server")
        return []
    made = {}

    def address(name):
        return made.setdefault(name, scratch(url, name))[0]

    try:
        return measure(options.only, "PostgreSQL", address, folder, options)
    finally:
        for _address, drop in made.values():
            drop()


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="verdicts and claims; fewer for a quick look")
    parser.add_argument("--only", type=among(SECTIONS), default=set(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--on", type=among(DATABASES), default=set(DATABASES), help=f"some of {','.join(DATABASES)}")
    parser.add_argument("--verbs", type=int, default=300, help="claims written to, by each process")
    parser.add_argument("--processes", type=int, default=8, help="how many write at once")
    parser.add_argument("--alone", action="store_true", help="leave out django-import-export, which needs 8 GB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = []
        if "SQLite" in options.on:
            held += measure(options.only, "SQLite", lambda name: f"sqlite:///{folder}/{name}.sqlite3", folder, options)
        if "PostgreSQL" in options.on:
            held += on_postgresql(os.environ.get("DATABASE_URL") or "", folder, options)
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
