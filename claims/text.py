"""Pure text work: cleaning what people type, normalising, index tokens, finding a quote in a text.

Nothing here knows Django. Positions are counted in Unicode code points, `start` inclusive and `end` exclusive, as
in the W3C Web Annotation model's TextPositionSelector; context is 32 characters, as in its TextQuoteSelector.
"""

import re
import threading
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

CONTEXT = 32
LONGEST_TOKEN = 64  # PostgreSQL refuses a lexeme of more than 2 kB
STEMMERS = {
    "en": "english",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
}

_stemmers = threading.local()
# Combining marks, the vowel signs of many scripts among them, belong to the letter before them.
_COMBINING = "".join(
    chr(code)
    for code in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    if unicodedata.category(chr(code)).startswith("M")
)
_WORD = re.compile(rf"[^\W_]+(?:[{_COMBINING}]+[^\W_]*)*")
# Letters and symbols by their category, and yet nothing to be seen.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# One character for each family of marks that editors and web pages exchange without meaning anything by it.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
    }
)


class Unwanted(ValueError):
    """A character that no database of ours can keep, or that nobody types on purpose."""


def with_lf(value):
    """Textareas send CRLF; every text is kept with LF line ends."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def cleaned(value, *, lines=True):
    """`value` with LF line ends. Raises Unwanted for NUL, other control characters and lone surrogates (PostgreSQL
    refuses the first and UTF-8 the last), and for line breaks and tabs where `lines` is false."""
    value = with_lf(value)
    found = _UNWANTED.search(value) or (None if lines else re.search("[\n\t]", value))
    if found:
        raise Unwanted(f"U+{ord(found.group()):04X} at character {found.start() + 1}")
    return value


def replaced(value):
    """`value` with U+FFFD for each character that cleaned() refuses: for writing down what somebody sent us."""
    return _UNWANTED.sub("\N{REPLACEMENT CHARACTER}", with_lf(value))


def shows(value):
    """Does a text show a reader anything? White space and characters without a shape of their own do not."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _UNSEEN for char in value)


def whole(value):
    """The whole number that a part of an address or of a form says, or None where it says none. Longer ones than a
    primary key can be are none: databases refuse to compare them, and Python to read those of thousands of digits."""
    return int(value) if value.isdecimal() and len(value) < 19 else None


def folded(value):
    """Lower case, without accents and other combining marks: what two spellings of one word share."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    return "".join(
        char for char in decomposed if not unicodedata.category(char).startswith("M") and char not in _UNSEEN
    )


def plain_words(value):
    """The folded words of a text, parted by single spaces: in these one name or title is looked for in another."""
    return " ".join(_WORD.findall(folded(value)))


def index_words(value):
    """plain_words(), each cut to what an index takes."""
    return " ".join(word[:LONGEST_TOKEN] for word in plain_words(value).split())


def sort_key(value):
    """What a list is sorted by: folded words, at most 80 characters, compared by code point on both databases."""
    return plain_words(value)[:80]


def _stemmer(language):
    """This thread's stemmer of a language, or None. A stemmer keeps the word it is at, so threads cannot share one."""
    name = STEMMERS.get(language.split("-")[0].lower())
    if name and name not in _stemmers.__dict__:
        setattr(_stemmers, name, snowballstemmer.stemmer(name))
    return name and getattr(_stemmers, name)


def _in_ascii(stem):
    # ASCII alone reaches the databases, so that no tokenizer of theirs can cut a word where another would not.
    return (stem if stem.isascii() else "x" + stem.encode().hex())[:LONGEST_TOKEN]


@lru_cache(maxsize=100_000)
def _stems(word, language):
    """The index tokens of one word: its stem and, where it has accents, the stem of how it is typed without them."""
    stemmer = _stemmer(language)
    spellings = dict.fromkeys([word, folded(word)])
    stems = [folded(stemmer.stemWord(each)) if stemmer else folded(each) for each in spellings]
    return tuple(dict.fromkeys(_in_ascii(stem or folded(word)) for stem in stems))


def _words(value):
    # The compatible form, so that ⑴ is found by 1 and a ligature by its letters.
    return _WORD.findall(unicodedata.normalize("NFKC", value).casefold())


def tokens(value, language):
    """The index tokens of a text: stems by its language, folded, in order. Both databases index exactly these."""
    return [token for word in _words(value) for token in _stems(word, language) if token]


def query_tokens(value, languages):
    """For each word of a query the tokens by which a text of any of these languages may hold it."""
    groups = [dict.fromkeys(token for each in languages for token in _stems(word, each)) for word in _words(value)]
    return [[token for token in group if token] for group in groups if any(group)]


@dataclass(frozen=True)
class Place:
    """Where words stand in a text, with the characters before and after them."""

    start: int
    end: int
    prefix: str
    suffix: str


def place(text, start, end):
    return Place(start, end, text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])


def places(text, quote, *, most=None):
    """Every place where `quote` stands in `text` to the letter, overlapping ones included; none for an empty one.
    Where `most` is given, the first so many."""
    found, start = [], text.find(quote) if quote else -1
    while start >= 0 and len(found) != most:
        found.append(place(text, start, start + len(quote)))
        start = text.find(quote, start + 1)
    return found


def _normal(text):
    """`text` with marks, white space and Unicode form evened out, and for each character of it where it began."""
    out, origins, space = [], [], False
    for position, char in enumerate(text):
        # Decomposed, so that a letter and its accent compare alike whether they came as one character or as two.
        even = unicodedata.normalize("NFKD", char).translate(_MARKS)
        for piece in even:
            if piece.isspace():
                space = bool(out)
                continue
            if space:
                out.append(" ")
                origins.append(position - 1)
                space = False
            out.append(piece)
            origins.append(position)
    return "".join(out), origins


def same_words(text, quote, *, most=None):
    """Places where the words of `quote` stand in `text` with other quotation marks, dashes, white space or Unicode
    form; the first `most`. The text's own words are `text[place.start:place.end]`."""
    haystack, origins = _normal(text)
    needle, _ = _normal(quote)
    found, start = [], haystack.find(needle) if needle else -1
    while start >= 0 and len(found) != most:
        end = start + len(needle)
        first, last = origins[start], origins[end - 1]
        # A match that begins or ends inside a character of the text (a ligature, an accented letter) is none.
        whole = (start == 0 or origins[start - 1] != first) and (end == len(origins) or origins[end] != last)
        if whole:
            found.append(place(text, first, last + 1))
        start = haystack.find(needle, start + 1)
    return found


@dataclass(frozen=True)
class Passage:
    """A run of text over which the same marks lie. `marks` are the keys of the spans given to `passages`."""

    text: str
    marks: tuple
    start: int
    end: int


def passages(text, spans):
    """Cut `text` where marks begin and end, so that overlapping marks can be shown.

    `spans` are (start, end, key); the passages in order, joined, are `text` again."""
    cuts = sorted({0, len(text), *(point for start, end, _ in spans for point in (start, end))})
    over = [[] for _ in cuts]
    for start, end, key in spans:
        for index in range(bisect_left(cuts, start), bisect_right(cuts, end) - 1):
            over[index].append(key)
    return [
        Passage(text[first:last], tuple(over[index]), first, last) for index, (first, last) in enumerate(pairwise(cuts))
    ]


_TARGET = re.compile(r"(?<=\])\([^()\s]*\)")
_MENTION = re.compile(r"(?<![\w@./+-])@([\w.@+-]+)")


def _letters(text):
    """The letters and digits of a text, and for each where it stood; the addresses of Markdown links are no text."""
    bare = _TARGET.sub(lambda target: " " * len(target.group()), text)
    found = [(char, position) for position, char in enumerate(bare) if char.isalnum()]
    return "".join(char for char, _position in found), [position for _char, position in found]


def letters_at(text, words):
    """[(start, end)] where `words` stand in `text`, marks and white space aside: so words copied from a page are
    found in the Markdown that it was made from, and the other way round."""
    haystack, origins = _letters(text)
    needle, _ = _letters(words)
    found, start = [], haystack.find(needle) if needle else -1
    while start >= 0:
        found.append((origins[start], origins[start + len(needle) - 1] + 1))
        start = haystack.find(needle, start + 1)
    return found


def mentions(text):
    """[(start, end, names)] of every @name; `names` are what may be meant, since a full stop may end the sentence."""
    found = []
    for each in _MENTION.finditer(text):
        names = list(dict.fromkeys(filter(None, (each[1], each[1].rstrip(".@+-")))))
        if names:
            found.append((each.start(), each.end(), names))
    return found


def in_context(text, start, end, around):
    """(before, words, after): the words with whole words before and after them, and dots where the text goes on."""
    before, after = text[max(0, start - around) : start], text[end : end + around]
    if len(before) == around:
        before = "…" + (before.partition(" ")[2] or before)
    if len(after) == around:
        after = (after.rpartition(" ")[0] or after) + "…"
    return before, text[start:end], after


# What stands in place of removed words; and where places in a text are counted, one such character for each of theirs.
REMOVED, BLOCK = "[redacted]", "█"
_BETWEEN = r"(?:[\W_]|%[0-9a-f]{2}){1,8}"
_BEGINS, _ENDS = r"(?:(?<![^\W_])|(?<=%[0-9a-f]{2}))", r"(?![^\W_])"


class _Evened(dict):
    """For str.translate(): each character as folded() has it, and nothing for what is not seen between letters."""

    def __missing__(self, code):
        self[code] = "" if unicodedata.category(chr(code)) == "Cf" else folded(chr(code))
        return self[code]


_EVENED = _Evened()
_ADDRESS = re.compile(r"https?://\S+", re.I)


def _even(text):
    return text.lower() if text.isascii() else text.translate(_EVENED)


class Words:
    """Words to be removed wherever they stand, however they are written: capitals, accents, and what stands between
    them (white space, hyphens, the escapes of an address) do not count. Parts of longer words do not count either.

    Each line of `lines` is looked for by itself; a `*` at its beginning or end lets the word go on there. Letters that
    are written without spaces, or joined to other words, as in Chinese and Arabic, are found inside others."""

    def __init__(self, lines):
        self.lines = [line.strip() for line in lines.split("\n") if line.strip()]
        patterns = sorted((_pattern_of(line) for line in self.lines), key=len, reverse=True)
        self._pattern = re.compile("|".join(patterns) or "(?!)")

    def too_short(self):
        """The lines of fewer than three letters or digits, or than two of a script that writes words so."""
        said = [(line, "".join(_WORD.findall(_even(line)))) for line in self.lines]
        return [line for line, word in said if len(word) < (2 if any(map(_is_joined, word)) else 3)]

    def stand_in(self, value):
        """Do they stand in a text, or in a text of a list or dict, at whatever depth?"""
        if isinstance(value, dict | list):
            return any(map(self.stand_in, value.values() if isinstance(value, dict) else value))
        return isinstance(value, str) and self._pattern.search(_even(value)) is not None

    def spans(self, text):
        """[(start, end)] of the places where they stand in `text`."""
        even = _even(text)
        if not self._pattern.search(even):
            return []
        origins = [position for position, char in enumerate(text) for _each in char.translate(_EVENED)]
        found = [(origins[each.start()], origins[each.end() - 1] + 1) for each in self._pattern.finditer(even)]
        return [(start, _with_marks(text, end)) for start, end in found]

    def first(self, text):
        """(start, end) of the first place, or None; what follows it is not counted through."""
        found = self._pattern.search(_even(text))
        if not found:
            return None
        start, last = (_origin(text, place) for place in (found.start(), found.end() - 1))
        return start, _with_marks(text, last + 1)

    def without(self, value, *, longest=None, in_place=False):
        """`value`, a text or whatever JSON has, without them. `in_place`: as long as it was, character by character;
        so too where it would grow beyond `longest`, and in an address, whose host takes no brackets."""
        if isinstance(value, dict):
            return {key: self.without(each, in_place=in_place) for key, each in value.items()}
        if isinstance(value, list):
            return [self.without(each, in_place=in_place) for each in value]
        if not isinstance(value, str):
            return value
        in_place = in_place or _ADDRESS.fullmatch(value) is not None
        pieces, last = [], 0
        for start, end in self.spans(value):
            pieces += [value[last:start], BLOCK * (end - start) if in_place else REMOVED]
            last = max(last, end)
        new = "".join([*pieces, value[last:]])
        return new if longest is None or len(new) <= longest else self.without(value, in_place=True)


def _origin(text, place):
    """Which character of `text` became the one at `place` of what it is evened to."""
    for begin in range(0, len(text), 1_000):
        some = text[begin : begin + 1_000]
        evened = len(_even(some))
        if place < evened:
            for number, char in enumerate(some, start=begin):
                place -= len(_even(char))
                if place < 0:
                    return number
        place -= evened
    raise IndexError(place)


def _is_joined(char):
    return unicodedata.category(char) == "Lo"


def _pattern_of(line):
    words = _WORD.findall(_even(line))
    if not words:
        return "(?!)"
    before = r"[^\W_]*" if line.startswith("*") else "" if _is_joined(words[0][0]) else _BEGINS
    after = r"[^\W_]*" if line.endswith("*") else "" if _is_joined(words[-1][-1]) else _ENDS
    return before + _BETWEEN.join(map(re.escape, words)) + after


def _with_marks(text, end):
    """Accents that follow a letter go with it."""
    while end < len(text) and not text[end].translate(_EVENED):
        end += 1
    return end
