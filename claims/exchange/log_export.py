"""The log and the verdicts as JSON Lines, in constant memory. The README specifies the form, and tests/stranger.py,
which knows nothing of this program, verifies it.

Without `protected` it holds what an auditor may read: the values of records that are perhaps protected stay at the
desk, and so do drafts that somebody is to judge blind, each with its salt, so that nobody can test a guess against the
hash. The hashes always leave."""

from itertools import chain

from claims.models import Verdict, VerdictEvidence
from claims.models.chain import portions
from claims.models.opinions import SecondOpinion
from claims.models.withholding import ABOUT_DRAFTS, stays_here
from claims.seals import ORIGIN, canonical, plain


class LogStream:
    """The bytes of an export of the log, in pieces; `rows` is how many acts have left so far."""

    def __init__(self, *, protected=False):
        self.protected, self.rows, self.blind = protected, 0, frozenset()

    @property
    def told(self):
        """What the log says of this export."""
        return {"what": "log.jsonl", "protected": self.protected}

    def __iter__(self):
        self.blind = frozenset(SecondOpinion.objects.awaited().values_list("check_file__claim_id", flat=True))
        yield _line("log", form="log/1", withheld=not self.protected)
        position, last = 0, ORIGIN
        for _head, acts, lines in portions():
            verdicts = _verdicts(line for some in lines.values() for line in some)
            said = [self._act(act, lines.get(act.position, []), verdicts) for act in acts]
            self.rows += len(acts)
            position, last = (acts[-1].position, acts[-1].hash) if acts else (position, last)
            yield b"".join(chain.from_iterable(said))
        yield _line("head", position=str(position), hash=last)

    def _act(self, act, lines, verdicts):
        """The line of an act, and one for each verdict that it published."""
        secret = any(self._stays_here(line) for line in lines)
        said = act.canonical_form(lines) | {"reason": _sealed(act.reason, act.reason_seal, secret)}
        for line, change in zip(lines, said["changes"], strict=True):
            change["fields"] = self._fields(line)
        place = {"position": str(act.position), "previous": act.previous, "body": act.body, "hash": act.hash}
        yield _line("act", **said, **place)
        for line in lines:
            if _publishes(line) and line.object_id in verdicts:
                yield _line("verdict", **verdicts[line.object_id])

    def _stays_here(self, line, name=""):
        judged_blind = line.claim_id in self.blind and line.kind in ABOUT_DRAFTS
        return not self.protected and (judged_blind or stays_here(line.kind, name))

    def _fields(self, line):
        return {
            name: [
                _sealed(value, a_seal, self._stays_here(line, name))
                for value, a_seal in zip(line.values[name], seals, strict=True)
            ]
            for name, seals in line.seals.items()
        }


def _line(what, **values):
    return canonical({"line": what, **values}) + b"\n"


def _sealed(value, a_seal, withheld=False):
    """A value beside its salt and hash. Of a redacted one the salt is null, of a withheld one it is left out."""
    salt, its_hash = a_seal
    if salt is None:
        return {"hash": its_hash, "salt": None}
    return {"hash": its_hash} if withheld else {"hash": its_hash, "salt": salt, "value": value}


def _publishes(line):
    return line.kind == "verdict" and "digest" in line.seals


def _verdicts(lines):
    """{number: what the line of a verdict holds} of the verdicts that these changes say were published."""
    verdicts = Verdict.objects.in_bulk([line.object_id for line in lines if _publishes(line)])
    pieces = {pk: [] for pk in verdicts}
    for piece in VerdictEvidence.objects.filter(verdict__in=verdicts).order_by("verdict_id", "line"):
        pieces[piece.verdict_id].append(_frozen(piece))
    return {
        pk: {
            "form": verdict.form,
            "verdict": str(pk),
            "claim": str(verdict.claim_id),
            "supersedes": verdict.supersedes_id and str(verdict.supersedes_id),
            "digest": verdict.digest,
            "values": _frozen(verdict),
            "evidence": pieces[pk],
        }
        for pk, verdict in verdicts.items()
    }


def _frozen(record):
    return {name: _sealed(plain(getattr(record, name)), a_seal) for name, a_seal in record.seals.items()}
