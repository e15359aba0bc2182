"""Steps that kill a process at a random moment of its work: afterwards all is as before or as after, and a second run
ends the work, with nothing done twice."""

import random
import re
import time
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from claims.jobs.due import tell_due
from claims.jobs.links import look_after_links
from claims.jobs.mails import send_mails
from claims.models import (
    Act,
    BulkAct,
    Check,
    Claim,
    LinkCheck,
    LogHead,
    Mail,
    Notification,
    Redaction,
    Verdict,
)
from claims.models import bulk as bulks
from claims.models.publishing import publish
from claims.models.redaction import redacting
from claims.models.redaction.kepttexts import holding
from claims.models.superseding import reopen
from claims.models.verifying import Verification
from claims.states import AlreadyDone
from claims.text import Words
from tests import factories
from tests.benchmarks.races import FORK, people

chance = random.Random()


def _once(token, step, verb):
    """Do a verb once for this token, as a form that is sent again does."""
    try:
        verb(once=uuid.uuid5(token, step))
    except AlreadyDone:
        return


def _acts(token, *steps):
    """How many acts there are of these steps."""
    return Act.objects.filter(once__in=[uuid.uuid5(token, step) for step in steps]).count()


class Publishing:
    """Of an approved draft."""

    STEPS = ("publish",)

    def __init__(self, portion):
        self.author, self.editor, self.chief = people("fact-checker", "editor", "managing-editor")

    def prepare(self):
        self.token, self.check = uuid.uuid4(), factories.approved(self.author, self.editor)
        return self.state()

    def state(self):
        """How far it is, to be compared."""
        return _acts(self.token, *self.STEPS)

    def work(self):
        check = Check.objects.get(pk=self.check.pk)
        _once(self.token, "publish", lambda once: publish(check, by=self.editor, once=once))

    def fits(self):
        """Is everything as before, or as after?"""
        check, verdicts = Check.objects.get(pk=self.check.pk), list(Verdict.objects.filter(claim=self.check.claim))
        done = (check.state, check.claim.status, len(verdicts), check.claim.verdict_id is None)
        return done in {("approved", "approved", 0, True), ("published", "published", 1, False)} and all(
            verdict.is_intact() for verdict in verdicts
        )

    def ended(self):
        return Verdict.objects.filter(claim=self.check.claim).count() == self.state() == 1


class Superseding(Publishing):
    """From the reopening to the verdict that takes the first one's place: six verbs, each before or after."""

    STEPS = ("reopen", "edit", "submit", "approve", "publish")

    def prepare(self):
        self.token, self.first = uuid.uuid4(), factories.verdict(self.author, self.editor)
        self.claim = self.first.claim
        return self.state()

    def work(self):
        claim = Claim.objects.get(pk=self.claim.pk)
        _once(self.token, "reopen", lambda once: reopen(claim, by=self.chief, reason="Test", once=once))
        check = Check.objects.filter(claim=claim).latest("pk")
        changes = {"replacement_kind": "correction", "replacement_note": "Test: one was counted twice."}
        _once(self.token, "edit", lambda once: check.edit(by=self.author, once=once, **changes))
        _once(self.token, "submit", lambda once: check.submit(by=self.author, once=once))
        _once(self.token, "approve", lambda once: check.approve(by=self.editor, once=once))
        _once(self.token, "publish", lambda once: publish(check, by=self.editor, once=once))

    def fits(self):
        claim, done = Claim.objects.get(pk=self.claim.pk), self.state()
        status = ("published", "reopened", "reopened", "submitted", "approved", "published")[done]
        verdicts = list(claim.verdicts.order_by("number"))
        return (
            (claim.status, len(verdicts), claim.checks.count()) == (status, 1 + (done == 5), 1 + (done > 0))
            and claim.verdict == verdicts[-1]
            and all(verdict.is_intact() for verdict in verdicts)
        )

    def ended(self):
        last = Claim.objects.get(pk=self.claim.pk).verdict
        return (last.number, last.supersedes, self.state()) == (2, self.first, 5)


class BulkEdit:
    """The priority of three portions of claims."""

    PORTIONS = 3

    def __init__(self, portion):
        bulks.PORTION, [self.chief] = portion, people("managing-editor")
        missing = portion * self.PORTIONS - Claim.objects.count()
        where = factories.source()
        for _number in range(missing):
            factories.claim(where=where)
        numbers = Claim.objects.order_by("pk").values_list("pk", flat=True)[: portion * self.PORTIONS]
        self.claims = Claim.objects.filter(pk__in=list(numbers))

    def _staged(self):
        priority = 1 + self.claims.first().priority % 4
        self.claims_before = self._versions()
        return bulks.stage("priority", self.claims, by=self.chief, priority=priority)

    def _versions(self):
        return dict(self.claims.values_list("pk", "version"))

    def prepare(self):
        self.bulk = self._staged()
        return self.state()

    def state(self):
        return BulkAct.objects.get(pk=self.bulk.pk).done

    def work(self):
        bulk = BulkAct.objects.get(pk=self.bulk.pk)
        while not bulk.over:
            bulk = bulks.go_on(bulk, by=self.chief, expected=bulk.done)

    def _changed(self):
        """How many claims are one version further, and whether any is further than that."""
        steps = [version - self.claims_before[pk] for pk, version in self._versions().items()]
        return steps.count(1), set(steps) <= {0, 1}

    def fits(self):
        bulk, portions = BulkAct.objects.get(pk=self.bulk.pk), Act.objects.filter(batch=self.bulk.pk).count()
        changed, once = self._changed()
        return once and changed == portions * bulks.PORTION == bulk.changed

    def ended(self):
        return self.fits() and self._changed()[0] == self.PORTIONS * bulks.PORTION


class Undoing(BulkEdit):
    """Of a bulk edit, portion by portion."""

    def prepare(self):
        edited = self._staged()
        while not edited.over:
            edited = bulks.go_on(edited, by=self.chief, expected=edited.done)
        self.claims_before = self._versions()
        self.bulk = bulks.stage_undo(edited, by=self.chief)
        return self.state()


class Redacting(Publishing):
    """A name that stands in a verdict, in what it rests on and in the log, once its redaction is confirmed."""

    def __init__(self, portion):
        super().__init__(portion)
        [_editor, self.second] = people("editor", "managing-editor")
        redacting.PORTION = 5

    def prepare(self):
        self.name = "Quill" + "".join(chance.choice("aeioulmnrst") for _letter in range(9))
        claim = factories.selected(statement=f"{self.name} relit 41 lamps")
        factories.evidence(claim, excerpt=f"Test data: seen by {self.name}")
        self.verdict = factories.verdict(self.author, self.editor, on=claim, summary=f"Test data: {self.name} did.")
        asked = redacting.ask(by=self.chief, reason="Test: a court said so", ground="Test", words=self.name)
        self.redaction = redacting.confirm(factories.looked_through(asked), by=self.second)
        return self.state()

    def work(self):
        redacting.carry_out(Redaction.objects.get(pk=self.redaction.pk))

    def state(self):
        now = Redaction.objects.get(pk=self.redaction.pk)
        return [now.state, self._acts("redaction.blank"), self._acts("redaction.finish"), self._acts("redaction.clean")]

    def _acts(self, verb):
        return Act.objects.filter(batch=self.redaction.batch, verb=verb).count()

    def fits(self):
        """Each portion is blanked with the act that names it: what was blanked without one, verify_log finds."""
        return Verdict.objects.get(pk=self.verdict.pk).is_intact() and not list(Verification())

    def ended(self):
        now = Redaction.objects.get(pk=self.redaction.pk)
        once = (now.state, *self.state()[2:]) == (Redaction.State.DONE, 1, 1)
        return once and not list(holding(Words(self.name))) and self.fits()


class RunDue:
    """What the worker does: people are told of due claims, links are looked at, and mails leave."""

    CLAIMS = 3
    # Longer than any lease, and than a new link waits for its first look.
    LONG = timedelta(days=1)

    def __init__(self, portion):
        self.editor, self.someone = people("editor", "fact-checker")
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = str(Path(settings.VAR_DIR) / "mail of kills")
        settings.CHECK_LINKS = True
        self.later = self.LONG

    def clock(self):
        """At noon, since nobody is told in the night."""
        return timezone.now().replace(hour=12) + self.later

    def prepare(self):
        today = timezone.now().date()
        self.due = [factories.selected() for _number in range(self.CLAIMS)]
        for claim in self.due:
            claim.assign(self.someone, by=self.editor, due_on=today - timedelta(days=1))
            # An address of the documentation's own (RFC 5737): nobody is asked, which is what the worker then says.
            source = factories.source(url=f"https://192.0.2.{claim.pk % 256}/{claim.pk}")
            factories.evidence(claim, source=source)
        self.links = LinkCheck.objects.filter(source__evidence__claim__in=self.due)
        return self.state()

    def state(self):
        looked = self.links.exclude(checked_at=None).count()
        return [self._told(), looked, Mail.objects.count(), Mail.objects.waiting().count()]

    def _letters(self):
        """How often each mail left."""
        found = Path(settings.EMAIL_FILE_PATH).glob("*.log")
        return Counter(re.findall("^Message-ID: (.*)$", "".join(path.read_text() for path in found), re.MULTILINE))

    def work(self):
        tell_due(self.clock)
        look_after_links(self.clock)
        while send_mails(self.clock):
            pass
        # By the second run nobody has heard of the first for longer than its lease.
        self.later += self.LONG

    def _told(self):
        told = Notification.objects.filter(claim__in=self.due, kind=Notification.Kind.DUE)
        return sorted(told.values_list("claim", flat=True))

    def fits(self):
        self.later += self.LONG
        return self._told() in ([], sorted(claim.pk for claim in self.due))

    def ended(self):
        """Each was told once, and mailed; what was under way when its worker died may have left twice, never thrice."""
        letters, told = self._letters(), sorted(claim.pk for claim in self.due)
        sent = Mail.objects.exclude(sent_at=None).count()
        left = not Mail.objects.waiting().exists() and len(letters) == sent and max(letters.values()) <= 2
        looked = self.links.exclude(checked_at=None).filter(lease_until=None, begun=0).count()
        return self._told() == told and left and looked == self.CLAIMS


KINDS = {
    "publish": Publishing, "supersede": Superseding, "bulk edit": BulkEdit, "undo": Undoing, "redact": Redacting,
    "run_due": RunDue,
}  # fmt: skip


def _worked(work, killed_after=None):
    """Do the work in a process of its own, killed so many seconds after it began; how many seconds it was at it."""
    connections.close_all()
    ready, go = FORK.Pipe()

    def run():
        connections["default"].ensure_connection()
        go.send(True)
        work()
        connections.close_all()

    process = FORK.Process(target=run)
    process.start()
    ready.recv()
    begun = time.perf_counter()
    process.join(killed_after)
    process.kill()
    process.join()
    return time.perf_counter() - begun


def kills(kind, times, portion):
    """Kill the work `times` times. `faults` are the moments after which something did not fit; `begun` is how often
    something was done by then, and `through` how often all of it was."""
    case = KINDS[kind](int(portion))
    found = {"faults": [], "begun": 0, "through": 0}
    case.prepare()
    whole = _worked(case.work)
    for _time in range(int(times)):
        before = case.prepare()
        after = chance.uniform(0, 1.1 * whole)
        _worked(case.work, after)
        head = LogHead.objects.get()
        found["begun"] += case.state() != before
        found["through"] += case.ended()
        if not case.fits() or head.position != Act.objects.latest("position").position:
            found["faults"].append(f"after {after:.4f} of {whole:.4f} s")
        case.work()
        if not case.ended():
            found["faults"].append(f"after {after:.4f} of {whole:.4f} s, in the second run")
    found["faults"] += list(Verification())
    return found
