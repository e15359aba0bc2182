"""Two desks of different sizes, measured in turn: whatever else the machine does meanwhile, it does to both."""

import json
import statistics
import subprocess
import sys

ROUNDS = 7


class Desk:
    """A process that holds one desk open and measures its pages one by one (the step `serve`)."""

    def __init__(self, bench, what):
        self.process = bench.start("serve", what, stdin=subprocess.PIPE)
        self.names = self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("A desk under measurement failed.")
        return json.loads(line)

    def measure(self, name):
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def paired(small, large, what):
    """Of "lists" or "pages" yield (name, milliseconds of the small desk and of the large one, median ratio of the two,
    queries of each, the stock changelist's milliseconds at each size).

    Both are asked ROUNDS times in turn, each first every other time."""
    desks = [Desk(small, what), Desk(large, what)]
    for name in desks[1].names:
        if name not in desks[0].names:
            continue
        once = [desk.measure(name) for desk in desks]
        taken = []
        for turn in range(ROUNDS):
            order = (0, 1) if turn % 2 else (1, 0)
            found = {place: desks[place].measure(name)[0] for place in order}
            taken.append((found[0], found[1]))
        few, many = (statistics.median(times) for times in zip(*taken, strict=True))
        ratio = statistics.median(large / small for small, large in taken)
        yield name, few, many, ratio, [each[1] for each in once], [each[2] for each in once]
    for desk in desks:
        desk.close()
