"""What changed between two wordings, word by word. Pure: no Django."""

import re
from itertools import takewhile
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

EQUAL, REMOVED, ADDED, LEFT_OUT = "equal", "removed", "added", "left out"

# A word, a mark of punctuation, or a character of a script without spaces; with the white space that follows it.
# What joins the parts of a number, a time or an address (1,000; 21:30; a.b) does not part it.
_PARTS = r"\s.,;:!?…()\[\]{}<>\"“”„«»—–/|*_#\u3000-\u9fff"
_TOKEN = re.compile(rf"([^{_PARTS}]+(?:[.,:/][^{_PARTS}]+)*|[^\s]|^(?=\s))(\s*)")
# Beyond so many pairs of words the longest common sequence would take more than 50 MB; the fewest edits need next to
# none, and read a little worse.
_MOST_PAIRS = 400_000_000


class Run(NamedTuple):
    """Words that stand in both texts, in the old one alone or in the new one alone; `kind` is one of the first three.
    LEFT_OUT is what stands in both and is not shown."""

    kind: str
    words: str


def differences(old, new):
    """The runs that lead from `old` to `new`, white space and all: the equal and removed ones joined are `old`, the
    equal and added ones `new`. Where words were replaced, the removed ones stand before the added ones.

    Two texts of 100,000 characters without a word in common take about a second."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start = _alike(before, after)
    end = _alike(reversed(before[start:]), reversed(after[start:]))
    last_old, last_new = len(before) - end, len(after) - end
    steps = [
        *_kept(before[:start], after[:start]),
        *_aligned(before[start:last_old], after[start:last_new]),
        *_kept(before[last_old:], after[last_new:]),
    ]
    return [
        Run(kind, words)
        for block in _readable(_blocks(steps))
        for kind, words in zip((EQUAL, REMOVED, ADDED), block, strict=True)
        if words
    ]


def shortened(runs, around=140):
    """The runs with what stayed the same cut down to the words `around` what changed, counted in characters."""
    for number, run in enumerate(runs):
        if run.kind != EQUAL or len(run.words) <= 3 * around:
            yield run
            continue
        start = run.words[:around].rfind(" ") + 1 if number else 0
        end = len(run.words) - around + run.words[-around:].find(" ") if number < len(runs) - 1 else len(run.words)
        for kind, words in ((EQUAL, run.words[:start]), (LEFT_OUT, run.words[start:end]), (EQUAL, run.words[end:])):
            if words:
                yield Run(kind, words)


def _alike(before, after):
    """How many words are the same from here on."""
    pairs = zip(before, after, strict=False)
    return sum(1 for _each in takewhile(lambda pair: pair[0][0] == pair[1][0], pairs))


def _kept(before, after):
    """(kept, removed, added) of the same words; where the white space behind one differs, that alone changed."""
    for (word, space), (_word, other) in zip(before, after, strict=True):
        yield (word + space, "", "") if space == other else (word, space, other)


def _aligned(before, after):
    """(kept, removed, added) in order, of any two lists of words."""
    numbers = {}
    coded = [[numbers.setdefault(word, len(numbers)) for word, _space in words] for words in (before, after)]
    way = Indel if len(before) * len(after) <= _MOST_PAIRS else Levenshtein
    for tag, old_start, old_end, new_start, new_end in way.opcodes(*coded):
        olds, news = before[old_start:old_end], after[new_start:new_end]
        if tag == "equal":
            yield from _kept(olds, news)
        else:
            yield "", _text(olds), _text(news)


def _text(words):
    return "".join(word + space for word, space in words)


def _blocks(steps):
    """The steps joined to (kept, removed, added), each with what stays and then what changed."""
    parts = [([], [], [])]
    for kept, removed, added in steps:
        if kept and (parts[-1][1] or parts[-1][2]):
            parts.append(([], [], []))
        for into, words in zip(parts[-1], (kept, removed, added), strict=True):
            if words:
                into.append(words)
    return [tuple("".join(words) for words in block) for block in parts]


def _readable(blocks):
    """The same with fewer blocks. What stays between two changes and is much shorter than either, or no word at all,
    goes into them; so do a few words at either end of one long change. A lone “the” that stays amid other words tells
    nobody anything."""
    (kept, *changed), *blocks = blocks
    made = [("", kept + changed[0], kept + changed[1]) if _is_lost(kept, *changed) else (kept, *changed)]
    for block in blocks:
        kept = block[0]
        shortest = min(max(map(len, each[1:])) for each in (made[-1], block))
        amid = shortest and (3 * len(kept) < 2 * shortest or not any(map(str.isalnum, kept)))
        if amid or (not any(block[1:]) and _is_lost(kept, *made[-1][1:])):
            made[-1] = (made[-1][0], made[-1][1] + kept + block[1], made[-1][2] + kept + block[2])
        else:
            made.append(block)
    return made


def _is_lost(kept, *changed):
    """Are these a few words alone beside so much that changed?"""
    return 10 * len(kept) < max(map(len, changed)) and any(map(str.isalnum, kept))
