"""Reads a case file (seeds/*/claims.toml) and says everything that is wrong with it. Pure: no Django.

A fault names the file, the record and the reason. Values that the database judges (lengths, choices,
addresses, days) are judged by the models in seeding.py, with the words an editor would see.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from claims.text import Unwanted, cleaned, places, same_words

# The shape of each table: a type is required, a value is what stands where the key is left out.
ROLE = {"role": str, "since": "", "until": "", "party": ""}
DECIDED = {"by": str, "reason": str}
SHAPES = {
    "person": {"username": str, "name": "", "email": "", "roles": []},
    "publisher": {"key": str, "name": str, "site": ""},
    "claimant": {
        "key": str, "name": str, "kind": str, "aliases": [], "wikidata": "", "homepage": "", "roles": [ROLE],
    },
    "source": {
        "key": str, "title": str, "publisher": "", "url": "", "byline": "", "language": "en",
        "published_on": "", "contained_in": "", "protected": False, "note": "", "how": "pasted",
        "text": "", "text_file": "",
    },
    "claim": {
        "id": str, "statement": str, "language": "en", "kind": str, "claimant": str, "topics": [],
        "priority": "normal", "parent": "", "selected": {"why": str, "reason": str}, "not_checking": "",
        "appearance": [{
            "source": str, "claimant": str, "role": "", "quote": str, "occurrence": 0, "mode": str, "cue": "",
            "reported_via": "", "said_on": "", "said_on_precision": "day", "said_on_inferred": False,
            "original_language": "", "original_wording": "", "relation": "same", "attribution": "",
            "also_in": [],
        }],
        "evidence": [{
            "key": str, "kind": str, "source": "", "about_appearance": 0, "calculation": "", "stance": str,
            "excerpt": "", "locator": "", "primary": True, "why_not_primary": "", "origin": str,
            "interests": "", "protected": False,
        }],
        "asked": [{
            "by": str, "claimant": "", "whom": "", "way": "mail", "asked_on": str, "deadline": "", "question": str,
            "answered_on": "", "answer": "", "quotable": False, "no_reply_on": "", "protected": False,
        }],
        "check": {
            "by": str, "rating": "", "summary": "", "explanation": "", "evidence_until": "",
            "disclosures": "", "answers": [{"to": str, "sentence": str, "public": False}], "submitted_by": "",
            "sent_back": DECIDED, "approved_by": "", "override_reason": "", "published_by": "",
            "abandoned": DECIDED,
        },
    },
}  # fmt: skip
# What takes the place of the claim's verdict, one after the other; what it leaves out stays as it was.
SHAPES["claim"]["replacement"] = [
    {
        "reopened_by": str, "reason": str, "kind": str, "note": str,
        "evidence": SHAPES["claim"]["evidence"], **SHAPES["claim"]["check"],
    }
]  # fmt: skip
NAMES = {"person": "username", "publisher": "key", "claimant": "key", "source": "key", "claim": "id"}


class FaultyCase(ValueError):
    """The file was not loaded. `faults` are lines that each name file, record and reason."""

    def __init__(self, faults):
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Case:
    """A read case file: rows by their names, every key filled in. `texts` are the sources' texts by key."""

    label: str
    people: dict
    publishers: dict
    claimants: dict
    sources: dict
    claims: dict
    texts: dict
    faults: list = field(default_factory=list)

    def fault(self, record, reason):
        self.faults.append(f"{self.label}: {record}: {reason}")

    def refuse_faults(self):
        if self.faults:
            raise FaultyCase(self.faults)


def read_case(path, label):
    """The case in the file at `path`, called `label` in messages. Raises FaultyCase."""
    try:
        document = tomllib.loads(Path(path).read_bytes().decode("utf-8"))
    except OSError as error:
        raise FaultyCase([f"{label}: cannot be read ({error.strerror})."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultyCase([f"{label}: {error}."]) from None
    case = Case(label, *({} for _ in range(6)))
    for table in document.keys() - SHAPES.keys() - {"case"}:
        case.fault(table, "There is no such table.")
    tables = [case.people, case.publishers, case.claimants, case.sources, case.claims]
    for (table, shape), rows in zip(SHAPES.items(), tables, strict=True):
        _read_table(case, table, shape, document.get(table, []), rows)
    case.refuse_faults()
    for row in case.sources.values():
        _read_text(case, row, Path(path).parent)
    case.refuse_faults()
    _find_references(case)
    for row in case.claims.values():
        _find_quotes(case, row)
        _follow_steps(case, row)
    case.refuse_faults()
    return case


def _read_table(case, table, shape, found, rows):
    if not isinstance(found, list):
        case.fault(table, f"Write [[{table}]], once for each.")
        return
    for number, row in enumerate(found, start=1):
        name = row.get(NAMES[table])
        record = named(table, name) if name else f"{table} {number}"
        if name in rows:
            case.fault(record, "It stands twice.")
        rows[name] = _filled(case, record, row, shape)


def named(table, name):
    return f"{table} “{name}”"


def _filled(case, record, row, shape):
    """The row with every key of the shape; what is missing, unknown or of a wrong type is a fault."""
    for key in sorted(row.keys() - shape.keys()):
        case.fault(record, f"“{key}” is not known here.")
    return {key: _value(case, record, key, row.get(key), wanted) for key, wanted in shape.items()}


def _value(case, record, key, value, wanted):
    tables = isinstance(wanted, list) and wanted
    if value is None and isinstance(wanted, type):
        case.fault(record, f"“{key}” is missing.")
    elif value is None:
        return [] if isinstance(wanted, list) else None if isinstance(wanted, dict) else wanted
    elif type(value) is not (wanted if isinstance(wanted, type) else type(wanted)):
        case.fault(record, f"“{key}” is of the wrong type: {value!r}.")
    elif tables:
        numbered = enumerate(value, start=1)
        return [_filled(case, f"{record}, {key} {number}", each, wanted[0]) for number, each in numbered]
    elif isinstance(wanted, list) and not all(isinstance(each, str) for each in value):
        case.fault(record, f"“{key}” must hold texts alone.")
    elif isinstance(wanted, dict):
        return _filled(case, f"{record}, {key}", value, wanted)
    elif isinstance(value, str):
        return _cleaned(case, record, key, value)
    return value


def _cleaned(case, record, key, value):
    try:
        return cleaned(value)
    except Unwanted as error:
        case.fault(record, f"“{key}” holds a character that cannot be kept: {error}.")
        return ""


def _read_text(case, row, folder):
    record, text = named("source", row["key"]), row["text"]
    if row["text_file"]:
        if text:
            case.fault(record, "It has both text and text_file; give one of them.")
        try:
            text = (folder / row["text_file"]).read_bytes().decode("utf-8")
        except OSError as error:
            case.fault(record, f"{row['text_file']} cannot be read ({error.strerror}).")
        except UnicodeDecodeError as error:
            case.fault(record, f"{row['text_file']}: {error}.")
        text = _cleaned(case, record, row["text_file"], text)
    case.texts[row["key"]] = text


def _find_references(case):
    """Every key that is named stands in the file, and every record is named somewhere."""
    used = {"publisher": set(), "claimant": set(), "source": set()}
    tables = {"publisher": case.publishers, "claimant": case.claimants, "source": case.sources}

    def look(record, table, key):
        used[table].add(key)
        if key and key not in tables[table]:
            case.fault(record, f"There is no {named(table, key)}.")

    for key, row in case.sources.items():
        look(named("source", key), "publisher", row["publisher"])
        look(named("source", key), "source", row["contained_in"])
    for claim_id, row in case.claims.items():
        record = named("claim", claim_id)
        look(record, "claimant", row["claimant"])
        for number, each in enumerate(row["appearance"], start=1):
            look(f"{record}, appearance {number}", "claimant", each["claimant"])
            for key in [each["source"], *each["also_in"]]:
                look(f"{record}, appearance {number}", "source", key)
        for number, each in enumerate(row["asked"], start=1):
            look(f"{record}, asked {number}", "claimant", each["claimant"])
            if each["by"] not in case.people:
                case.fault(f"{record}, asked {number}", f"There is no {named('person', each['by'])}.")
        for piece, each in pieces_of(row):
            look(piece, "source", each["source"])
            if not 0 <= each["about_appearance"] <= len(row["appearance"]):
                case.fault(piece, "“about_appearance” counts from 1; there is no such appearance.")
    for table, rows in tables.items():
        for key in rows.keys() - used[table]:
            case.fault(named(table, key), "Nothing in the file names it, so it would not be loaded.")
    _must_stand_before(case, "source", case.sources, "contained_in")
    _must_stand_before(case, "claim", case.claims, "parent")


def pieces_of(claim):
    """(record, row) of each piece of evidence of a claim, those found later for a replacement included."""
    record = named("claim", claim["id"])
    rows = [(record, claim["evidence"])]
    rows += [(f"{record}, replacement {n}", each["evidence"]) for n, each in enumerate(claim["replacement"], start=1)]
    for where, pieces in rows:
        for each in pieces:
            yield f"{where}, evidence {each['key']}", each


def _must_stand_before(case, table, rows, key):
    seen = set()
    for name, row in rows.items():
        if row[key] and row[key] not in seen:
            case.fault(named(table, name), f"{named(table, row[key])} ({key}) must stand before it.")
        seen.add(name)


def _find_quotes(case, claim):
    record = named("claim", claim["id"])
    if not claim["appearance"]:
        case.fault(record, "It has no appearance.")
    for number, row in enumerate(claim["appearance"], start=1):
        which = f"{record}, appearance {number}"
        if not row["quote"].strip():
            case.fault(which, "The quote is empty.")
            continue
        _find_quote(case, which, row["source"], row["quote"], row["occurrence"])
        for key in row["also_in"]:
            if case.texts.get(key) == "":
                case.fault(which, f"also_in: {named('source', key)} has no text.")
            _find_quote(case, which, key, row["quote"], 0)


def _find_quote(case, record, source, quote, occurrence):
    text = case.texts.get(source)
    if not text:
        return  # a source without text: the quote is all that is kept of it
    found, where = places(text, quote), named("source", source)
    if not found:
        near = same_words(text, quote)
        hint = f" It stands there as: {text[near[0].start : near[0].end]}" if near else ""
        case.fault(record, f"The quote does not occur in the text of {where}: {quote}{hint}")
    elif len(found) > 1 and not occurrence:
        case.fault(record, f"It occurs {len(found)} times in {where}; say which by “occurrence”: {quote}")
    elif not 0 <= occurrence <= len(found):
        case.fault(record, f"It occurs {len(found)} times in {where}, not {occurrence}: {quote}")


def start_of(case, row):
    """Where the quote of an appearance starts in its source's text, or None where the text need not say."""
    found = places(case.texts[row["source"]], row["quote"])
    return found[max(row["occurrence"], 1) - 1].start if found else None


def _follow_steps(case, claim):
    """The steps of a check follow on each other; who may take them is asked in seeding.py."""
    check, record = claim["check"], named("claim", claim["id"])
    if check:
        first = {
            "Only a selected claim is checked; the claim is not selected.": not claim["selected"],
            "It is submitted without a summary.": check["submitted_by"] and not check["summary"].strip(),
            "It is submitted with neither rating nor attribution.": check["submitted_by"]
            and not check["rating"]
            and not any(each["attribution"] for each in claim["appearance"][:1]),
        }
        _refuse(case, f"{record}, check", check, first | _broken(check))
    before = check
    for number, row in enumerate(claim["replacement"], start=1):
        later = {
            "It replaces nothing: no verdict was published before it.": not before or not before["published_by"],
            "Give the reason for which the claim was reopened.": not row["reason"].strip(),
            "Give the note that tells readers what changed and why.": not row["note"].strip(),
        }
        _refuse(case, f"{record}, replacement {number}", row, later | _broken(row))
        before = before if row["abandoned"] else row


def _broken(check):
    """{reason: whether it is so} of steps that do not follow on each other, of a first check or a later one."""
    waiting = check["submitted_by"] and (check["approved_by"] or not check["sent_back"])
    return {
        "It is sent back, but was not submitted.": check["sent_back"] and not check["submitted_by"],
        "It is approved, but was not submitted.": check["approved_by"] and not check["submitted_by"],
        "It is published, but was not approved.": check["published_by"] and not check["approved_by"],
        "It waits for a second person, so it cannot be abandoned.": check["abandoned"] and waiting,
        "Who submitted it cannot send it back.": check["sent_back"]
        and check["sent_back"]["by"] in ("", check["submitted_by"]),
        "Who submitted it approves it, without an override_reason.": check["approved_by"]
        and check["approved_by"] == check["submitted_by"]
        and not check["override_reason"].strip(),
    }


def _refuse(case, record, check, rules):
    people = [
        check[step] for step in ("by", "reopened_by", "submitted_by", "approved_by", "published_by") if step in check
    ]
    people += [check[step]["by"] for step in ("sent_back", "abandoned") if check[step]]
    for username in filter(None, people):
        if username not in case.people:
            case.fault(record, f"There is no {named('person', username)}.")
    for reason, broken in rules.items():
        if broken:
            case.fault(record, reason)
