"""Plain functions that make records through the verbs. All names are made up."""

from itertools import count

from claims.checklist import WARNINGS
from claims.models import Act, Claimant, Rating, User
from claims.models.checks import start_check
from claims.models.claimants import add_claimant
from claims.models.comments import add_comment
from claims.models.editing import add_publisher
from claims.models.evidencing import add_evidence
from claims.models.noting import note_claim
from claims.models.publishing import publish
from claims.models.redaction.dryrun import look
from claims.models.replies import ask_for_comment
from claims.models.sources import add_source
from claims.models.superseding import reopen

TEXT = "The harbour master said: “We relit 41 lamps in May.” Nobody else counted.\nThe lamps burn oil.\n"
QUOTE = "We relit 41 lamps in May."
PASSWORD = "plainly-a-test-password"

_number = count(1)


def person(username=None, *roles, name="", password=PASSWORD, **values):
    username = username or f"person{next(_number)}"
    return User.objects.create_user(
        username, f"{username}@desk.example", password, roles=list(roles), name=name, **values
    )


def claimant(name="Mirabel Testwell", **values):
    return Claimant.objects.filter(name=name).first() or add_claimant(by=None, name=name, **values)


def source(text=TEXT, title=None, **values):
    return add_source(by=None, text=text, title=title or f"The Test Gazette, page {next(_number)}", **values)


def publisher(name="The Test Gazette", site="gazette.example"):
    return add_publisher(by=None, name=name, site=site)


def claim(*, by=None, quote=QUOTE, statement=None, where=None, topics=(), said_by=None, appearance=None, **values):
    return note_claim(
        by=by,
        statement=statement or f"{next(_number)} lamps were relit in May",
        claimant=said_by or claimant(),
        topics=topics,
        appearance={"source": where or source(), "quote": quote, **(appearance or {})},
        **values,
    )


def selected(**values):
    made = claim(**values)
    return made.select(by=None, why="reach", reason="Test: many have met it")


def evidence(for_claim, *, by=None, **values):
    values = {
        "kind": "document",
        "stance": "supports",
        "origin": "Test office",
        "excerpt": "Test data: 41",
    } | values
    if values["kind"] == "document" and "source" not in values:
        values["source"] = source(text="Test data: 41 lamps\n")
    return add_evidence(for_claim, by=by, **values)


def draft(
    *,
    by=None,
    rating="true",
    summary="Test data: the lamps were counted.",
    on=None,
    with_evidence=True,
    **values,
):
    on = on or selected()
    if with_evidence and not on.evidence.exists():
        evidence(on)
    if on.verdict_id:
        values = {"replacement_kind": "update", "replacement_note": "Test: counted again."} | values
    check = start_check(on, by=by)
    found = Rating.objects.get(slug=rating) if rating else None
    return check.edit(by=by, rating=found, summary=summary, **{"answers": answers()} | values)


def answers(sentence="Test: nothing else can be had.", *, public=False, **others):
    """A sentence for whatever the checklist may ask; `others` are sentences for the items of these names."""
    slugs = {item.slug: others.get(item.slug.replace("-", "_"), sentence) for item in WARNINGS}
    return {slug: {"sentence": words, "public": public} for slug, words in slugs.items()}


def submitted(by, **values):
    return draft(by=by, **values).submit(by=by)


def approved(by, second, **values):
    return submitted(by, **values).approve(by=second)


def verdict(by, second, **values):
    """A published verdict, submitted by one person and approved and published by another."""
    return publish(approved(by, second, **values), by=second)


def replaced(verdict, by, second, chief, kind="correction", note="Test: we counted one twice.", **values):
    """The verdict that takes the place of `verdict`: reopened by the chief, drafted by one and published by another."""
    check = reopen(verdict.claim, by=chief, reason="Test: a reader counted again", assignee=by)
    if kind == "retraction":
        values |= {"rating": None}
    check.edit(by=by, replacement_kind=kind, replacement_note=note, **values)
    check.submit(by=by)
    return publish(check.approve(by=second), by=second)


def comment(on, *, by, text="Test: is this the whole count?", **values):
    return add_comment(on, by=by, text=text, **values)


def request(on, *, by=None, **values):
    """Somebody asked for comment: the claim's claimant, where nobody else is named."""
    asked = {"claimant": None if "whom" in values else on.claimant, "question": "Test: where was it counted?"}
    return ask_for_comment(on, by=by, **asked | values)


def last_act(record):
    """The newest act that touched a record."""
    return Act.objects.of(record).first()


def looked_through(redaction):
    """A redaction that waits, once its dry run has ended."""
    look(redaction, seconds=600)
    return redaction
