"""Steps in which several processes, each with a connection of its own, want the same at the same moment."""

import multiprocessing
import uuid
from contextlib import contextmanager
from itertools import pairwise

from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client
from django.urls import reverse

from claims.access import came_too_close
from claims.models import Act, Change, Check, Claim, Source, User, Verdict
from claims.models.chain import chain_breaks
from claims.models.editing import edit_source
from claims.models.noting import edit_claim
from claims.models.publishing import publish
from claims.models.ratings import load_ratings
from claims.states import Refused
from tests import factories

FORK = multiprocessing.get_context("fork")


def people(*roles):
    """One made-up person for each role, made once; plain password hashes, since nobody waits for a real one here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "whitenoise" not in each]  # nothing is collected
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    load_ratings()
    found = []
    for number, role in enumerate(roles):
        name = f"racer{number}.{role}"
        found.append(User.objects.filter(username=name).first() or factories.person(name, role))
    return found


def at_once(*jobs):
    """Run each job in a process of its own, all from one moment on; what each returned, or the words of its fault."""
    connections.close_all()
    gate, answers = FORK.Barrier(len(jobs)), FORK.SimpleQueue()

    def run(number, job):
        gate.wait()
        try:
            answer = job()
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        connections.close_all()
        answers.put((number, answer))

    processes = [FORK.Process(target=run, args=each) for each in enumerate(jobs)]
    for process in processes:
        process.start()
    found = dict(answers.get() for _job in jobs)
    for process in processes:
        process.join()
    return [found[number] for number in range(len(jobs))]


@contextmanager
def refusals(count):
    """What a page would answer with “not now, nothing was saved” is one more of `count`; all else is a fault."""
    try:
        yield
    except Refused as refusal:
        count[type(refusal).__name__] = count.get(type(refusal).__name__, 0) + 1
    except OperationalError as error:
        if not came_too_close(error):
            raise
        count["busy"] = count.get("busy", 0) + 1


def edits(processes, each):
    """Every process edits one claim so many times, as forms do: read it, change it, name the version that was read."""
    processes, each = int(processes), int(each)
    [person] = people("editor")
    claim = factories.claim(by=person)

    def edit(number):
        saved, refused = 0, {}
        for turn in range(each):
            mine = Claim.objects.get(pk=claim.pk)
            with refusals(refused):
                edit_claim(mine, by=person, version=mine.version, statement=f"Edit {turn} of process {number}")
                saved += 1
        return saved, refused

    found = at_once(*[lambda number=number: edit(number) for number in range(processes)])
    faults = [each for each in found if isinstance(each, str)]
    counts = [each for each in found if not isinstance(each, str)]
    lines = Change.objects.filter(act__verb="claim.edit", kind="claim", object_id=claim.pk).order_by("act_id")
    pairs = [line.values["statement"] for line in lines]
    saved = sum(number for number, _refused in counts)
    follows = all(before[1] == after[0] for before, after in pairwise(pairs))
    now = Claim.objects.get(pk=claim.pk)
    return {
        "saved": saved,
        "refused": sum(sum(refused.values()) for _saved, refused in counts),
        "faults": faults,
        # Each save raised the version by one, stands in the log, and changed what the one before it had left.
        "lost": abs(now.version - claim.version - saved) + abs(len(pairs) - saved) + (not follows),
        "breaks": [list(each) for each in chain_breaks()],
    }


def one_form(times):
    """One form, sent so many times at once, through everything that a request passes."""
    [person] = people("editor")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    title = f"The Test Gazette {uuid.uuid4()}"
    form = {"once": str(uuid.uuid4()), "title": title, "language": "en", "text": "TEST DATA"}

    def send():
        answer = client.post(reverse("new_source"), form)
        return [answer.status_code, answer.headers.get("Location")]

    answers = at_once(*[send] * int(times))
    made = Source.objects.filter(title=title)
    led = sum(answer == [302, made.first().get_absolute_url()] for answer in answers) if made else 0
    acts = Change.objects.filter(kind="source", object_id__in=made.values("pk")).count()
    return {"rows": made.count(), "acts": acts, "led_to_it": led, "answers": sorted({str(each) for each in answers})}


def approvals(rounds):
    """Two who approve and publish, and one who edits what they have before them, at one moment, again and again."""
    author, first, second, third = people("fact-checker", "editor", "editor", "managing-editor")
    found = {"rounds": int(rounds), "verdicts": 0, "edits": 0, "two": 0, "unseen": 0, "faults": []}
    for turn in range(int(rounds)):
        check = factories.submitted(author)
        seen, source = check.version, check.evidence.get().source
        begun = Act.objects.latest("position").position

        def approve(by, check=check, seen=seen):
            mine, refused = Check.objects.get(pk=check.pk), {}
            with refusals(refused):
                publish(mine.approve(by=by, version=seen), by=by)
            return refused

        def edit(turn=turn, check=check, seen=seen, source=source):
            refused = {}
            with refusals(refused):
                if turn % 2:
                    edit_source(Source.objects.get(pk=source.pk), by=third, title=f"Another title {turn}")
                else:
                    Check.objects.get(pk=check.pk).edit(by=third, version=seen, summary=f"Edited in round {turn}")
            return refused

        answers = at_once(lambda: approve(first), lambda: approve(second), edit)
        found["faults"] += [each for each in answers if isinstance(each, str)]
        _count(found, check, source, begun)
    return found


def _count(found, check, source, begun):
    """What came of one round: `check` and `source` are as the approvers saw them."""
    verbs = list(Act.objects.filter(position__gt=begun).order_by("position").values_list("verb", flat=True))
    verdicts = list(Verdict.objects.filter(claim=check.claim))
    edited = [place for place, verb in enumerate(verbs) if verb in {"check.edit", "source.edit"}]
    approved = [place for place, verb in enumerate(verbs) if verb == "check.approve"]
    found["verdicts"] += len(verdicts)
    found["edits"] += len(edited)
    found["two"] += len(verdicts) > 1 or len(approved) > 1
    other = [
        verdict
        for verdict in verdicts
        if not verdict.is_intact()
        or verdict.summary != check.summary
        or [piece.source_title for piece in verdict.frozen_evidence.all()] != [source.title]
    ]
    found["unseen"] += bool(other) or any(edit < approval for edit in edited for approval in approved)
