"""Verifies what `manage.py export_log` wrote. Written from the README's section "The log and the digests" alone.

    python tests/stranger.py FILE [POSITION:HASH]

Names the first line that does not fit, and ends with exit code 1. The head may be one that was noted elsewhere.
"""

import hashlib
import json
import re
import sys

VALUES = {
    "number", "statement", "language", "kind", "topics", "claimant", "claimant_kind", "claimant_role", "quote",
    "said_on", "said_on_precision", "said_on_inferred", "appearances", "source_title", "source_publisher",
    "source_url", "source_protected", "rating_slug", "rating_label", "rating_meaning", "rating_value", "attribution",
    "summary", "explanation", "disclosures", "evidence_until", "evidence_count", "independent_origins", "author",
    "approver", "override_reason", "published_at",
}  # fmt: skip
EVIDENCE = {
    "line", "evidence_id", "kind", "stance", "source_title", "source_publisher", "source_url", "source_published_on",
    "snapshot_sha256", "calculation", "excerpt", "locator", "primary", "why_not_primary", "origin", "interests",
    "protected", "about_attribution",
}  # fmt: skip
FORMS = {
    "verdict/1": (VALUES, EVIDENCE),
    "verdict/2": (
        VALUES | {"recheck_on", "replacement_kind", "replacement_note", "asked", "answered"},
        EVIDENCE | {"archive_url", "files"},
    ),
}
BODY = {"form", "verb", "actor", "at", "batch", "undoes", "reason", "changes"}
ACT = BODY | {"line", "position", "previous", "body", "hash"}
CHANGE = {"kind", "object", "claim", "fields"}
VERDICT = {"line", "verdict", "form", "claim", "supersedes", "digest", "values", "evidence"}


# What comes of members that are missing, or of another type than they should be.
UNREADABLE = (AttributeError, KeyError, IndexError, TypeError, ValueError)


class Wrong(Exception):
    pass


def demand(holds, otherwise):
    if not holds:
        raise Wrong(otherwise)


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Log:
    """A file as far as it was read."""

    def __init__(self):
        self.withheld, self.position, self.hash = None, 0, "0" * 64
        self.awaited, self.verdicts, self.ended = [], 0, False
        self.number, self.lost, self.asked, self.confirmed = 0, {}, {}, set()

    def read(self, line):
        self.number += 1
        demand(line.endswith(b"\n"), "is cut off")
        record = json.loads(line)
        demand(isinstance(record, dict) and canonical(record) + b"\n" == line, "is not the canonical text of an object")
        demand(not self.ended, "stands behind the head")
        if self.withheld is None:
            heads = {"line": "log", "form": "log/1"}
            demand(record in (heads | {"withheld": True}, heads | {"withheld": False}), "is not how a log begins")
            self.withheld = record["withheld"]
        elif record.get("line") == "verdict" and record.keys() == VERDICT:
            self.verdict(record)
        else:
            demand(not self.awaited, f"stands where the verdict {self.awaited[:1]} is awaited")
            if record.get("line") == "act" and record.keys() == ACT:
                self.act(record)
            else:
                end = {"line": "head", "position": str(self.position), "hash": self.hash}
                demand(record == end, "is neither an act nor a verdict nor the right head")
                demand(
                    not self.lost,
                    f"ends a log whose line {min(self.lost.values(), default=0)} lost a value by no redaction",
                )
                self.ended = True

    def seal(self, sealed, place, *, withheld=False):
        """The hash of a sealed value, which fits where it was neither redacted nor withheld; `place` is how a
        redaction names it."""
        demand(isinstance(sealed, dict) and isinstance(sealed.get("hash"), str), "holds a value without a hash")
        if sealed.keys() == {"hash", "salt", "value"}:
            salt = sealed["salt"]
            demand(isinstance(salt, str) and re.fullmatch("[0-9a-f]{32}", salt), "holds a salt that is none")
            fits = sha256(salt.encode() + b"\n" + canonical(sealed["value"])) == sealed["hash"]
            demand(fits, "holds a value that does not fit its seal")
        elif sealed.keys() == {"hash", "salt"} and sealed["salt"] is None:
            self.lost.setdefault(place, self.number)
        else:
            demand(withheld and sealed.keys() == {"hash"}, "holds a seal that is none")
        return sealed["hash"]

    def act(self, act):
        position = str(self.position + 1)
        demand(act["position"] == position, f"is not act {position}")
        demand(act["previous"] == self.hash, "does not follow the act before it")
        changes = [self.change(position, *each) for each in enumerate(act["changes"], start=1)]
        reason = self.seal(act["reason"], ("act", position, "reason"), withheld=self.withheld)
        covered = {name: act[name] for name in BODY} | {"reason": reason, "changes": changes}
        demand(act["form"] == "act/1", "has a form that is not known")
        demand(act["body"] == sha256(canonical(covered)), "does not have the body that it says")
        chained = "\n".join([position, act["previous"], act["body"]])
        demand(act["hash"] == sha256(chained.encode()), "does not have the hash that it says")
        self.position, self.hash = self.position + 1, act["hash"]
        pieces = [each["object"] for each in act["changes"] if each["kind"] == "verdictevidence"]
        for each in act["changes"]:
            if each["kind"] == "verdict" and "digest" in each["fields"]:
                digest = each["fields"]["digest"][1].get("value")
                self.awaited.append((each["object"], each["claim"], digest, pieces))
        self.redaction(act)

    def redaction(self, act):
        """What was blanked, by an act of a redaction that one person asked for and another confirmed."""
        batch, by = act["batch"], act["actor"]
        if act["verb"] == "redaction.ask":
            self.asked[batch] = by
        elif act["verb"] == "redaction.confirm" and batch in self.asked and self.asked[batch] != by:
            self.confirmed.add(batch)
        elif act["verb"] == "redaction.blank" and batch in self.confirmed:
            for change in act["changes"]:
                for name in change["fields"]:
                    self.lost.pop((change["kind"], change["object"], name), None)

    def change(self, position, number, change):
        demand(change.keys() == CHANGE, "holds a change with other members")
        fields = {}
        for name, (old, new) in change["fields"].items():
            place = ("change", position, f"{number}.{name}")
            fields[name] = [self.seal(each, place, withheld=self.withheld) for each in (old, new)]
        return change | {"fields": fields}

    def verdict(self, verdict):
        demand(self.awaited, "is a verdict that no act published")
        *told, pieces = self.awaited.pop(0)
        demand(
            [verdict["verdict"], verdict["claim"], verdict["digest"]] == told,
            "is not the verdict that the act published",
        )
        demand(verdict["form"] in FORMS, "has a form that is not known")
        values, evidence = FORMS[verdict["form"]]
        demand(verdict["values"].keys() == values, "has other values than its form")
        demand(all(piece.keys() == evidence for piece in verdict["evidence"]), "has other evidence than its form")
        covered = {name: verdict[name] for name in ("form", "claim", "supersedes")}
        covered["values"] = self.hashes("verdict", verdict["verdict"], verdict["values"])
        covered["evidence"] = [
            self.hashes("verdictevidence", number, piece)
            for number, piece in zip(pieces, verdict["evidence"], strict=True)
        ]
        demand(verdict["digest"] == sha256(canonical(covered)), "does not have the digest that it says")
        self.verdicts += 1

    def hashes(self, kind, number, sealed):
        return {name: self.seal(each, (kind, number, name)) for name, each in sealed.items()}


def verify(lines, noted=None):
    """What is wrong first, or None; and the log."""
    log, number = Log(), 0
    for number, line in enumerate(lines, start=1):
        try:
            log.read(line)
        except Wrong as wrong:
            return f"Line {number} {wrong}.", log
        except UNREADABLE as error:
            return f"Line {number} cannot be read: {error}.", log
        if noted == f"{log.position}:{log.hash}":
            noted = None
    if not log.ended:
        return f"Line {number + 1} is missing: the file ends before the head.", log
    return noted and f"The head {noted} stands nowhere in this log.", log


def main():
    file, *noted = sys.argv[1:]
    with open(file, "rb") as lines:
        wrong, log = verify(lines, *noted)
    if wrong:
        sys.exit(wrong)
    print(f"All fits: {log.position} acts, {log.verdicts} verdicts, head {log.position}:{log.hash}")


if __name__ == "__main__":
    main()
