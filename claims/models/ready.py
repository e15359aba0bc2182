"""What stands between a draft and a second person: what must be there, and what an outsider would ask of it."""

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from claims import checklist
from claims.models.claimants import Claimant
from claims.models.deskwords import in_words_of_the_desk
from claims.models.fields import Line
from claims.models.freezing import gather
from claims.models.links import LinkState, host_of, is_nobody
from claims.models.periods import day_of
from claims.text import shows


def answer_field(slug):
    """The name under which forms ask for the sentence that answers an item, and under which its lack is refused."""
    return f"answer_{slug.replace('-', '_')}"


def known_answers(value):
    """Answers as they are kept: {slug of a warning: {"sentence": a line of text, "public": whether readers see it}}."""
    slugs = {item.slug for item in checklist.WARNINGS}
    for slug, answer in value.items():
        if slug not in slugs:
            raise ValidationError(_("The checklist does not ask “%(slug)s”."), params={"slug": slug})
        Line(max_length=checklist.LONGEST).clean(answer["sentence"], None)


def _replacement_lacks(check):
    if check.claim.verdict_id is None:
        first = _("There is no earlier verdict that this could replace.")
        return {"replacement_kind": first} if check.replacement_kind else {}
    errors = {}
    if not check.replacement_kind:
        errors["replacement_kind"] = _("Say what kind of change this is to the verdict that stands.")
    if not shows(check.replacement_note):
        errors["replacement_note"] = _("Tell readers what changed and why.")
    if check.retracts and check.rating is not None:
        errors["rating"] = _("A retraction gives no rating: the desk no longer judges the claim.")
    return errors


def lacks(check):
    """What must be there before a draft may be submitted or published: {field: message}."""
    errors = _replacement_lacks(check)
    if not shows(check.summary):
        errors["summary"] = _("Write the verdict in one or two sentences.")
    if check.retracts:
        return errors
    if check.rating is None and not check.claim.principal_appearance.attribution:
        errors["rating"] = _("Give a rating, or record at the principal appearance whether it was said as reported.")
    if check.rating is not None and not check.rating.offered:
        errors["rating"] = _("This rating has left the desk’s scale. Choose another.")
    if finding := checklist.no_evidence(facts_of(check)):
        errors["evidence"] = finding.words
    return errors


def gather_facts(checks):
    """Read what facts_of() these checks goes through, in as many queries for a thousand as for one."""
    gather(checks)
    prefetch_related_objects(checks, "claim__claimant__aliases", "claim__claimant__roles")


def facts_of(check):
    """The facts of a check for claims/checklist.py."""
    gather_facts([check])
    rating = check.rating
    return checklist.Facts(
        pieces=tuple(map(_piece, check.evidence.all())),
        free_of_evidence=rating is not None and rating.without_evidence,
        retracts=check.retracts,
        circle=frozenset(_circle(check.claim)),
        evidence_until=check.evidence_until,
        asked=claimant_was_asked(check.claim),
        disclosures=check.disclosures,
    )


def _piece(evidence):
    snapshot, source = evidence.snapshot, evidence.source
    return checklist.Piece(
        number=evidence.pk,
        origin=evidence.origin,
        stance=evidence.stance,
        primary=evidence.primary,
        why_not_primary=evidence.why_not_primary,
        interests=evidence.interests,
        protected=evidence.is_protected,
        published_on=source.published_on if source else None,
        answers=_answers(source),
        archived=_archived(evidence),
        kept_on=day_of(snapshot.taken_at) if snapshot else None,
    )


def _answers(source):
    """Does the link answer? None where there is none, or where nobody looked often enough to say."""
    link = getattr(source, "link", None)
    known = {LinkState.DEAD: False, LinkState.ALIVE: True, LinkState.MOVED: True, LinkState.CLOSED: True}
    return known.get(link.state) if link else None


def _archived(evidence):
    """Is a copy of the linked page kept elsewhere? None where there is no page to copy: no address, or one that leads
    nowhere, as in examples; or where to have it copied would give a protected source away."""
    source = evidence.source
    if source is None or not host_of(source.url) or is_nobody(host_of(source.url)) or evidence.is_protected:
        return None
    return bool(source.archive_url)


def _circle(claim):
    """The names of who said it and of what speaks for them: other names, roles, parties, the publisher of the words."""
    claimant, appearance = claim.claimant, claim.principal_appearance
    publisher = appearance.source.publisher
    yield claimant.name
    yield from (alias.name for alias in claimant.aliases.all())
    yield from (name for held in claimant.roles.all() for name in (held.role, held.party))
    yield appearance.role
    yield publisher.name if publisher else ""


def claimant_was_asked(claim):
    """Was who said it asked for comment on the claim, in this or an earlier check, openly or not? Somebody asked in
    words alone is not known to be who said it. None where nobody can be asked: nobody is named."""
    if claim.claimant.kind == Claimant.Kind.UNNAMED:
        return None
    return any(each.claimant_id == claim.claimant_id for each in claim.requests.all())


def asked_of(check):
    """What an outsider would ask of the draft, item by item, with the answers: [checklist.Asked]."""
    return checklist.asked(facts_of(check), check.answers)


def unanswered(check):
    """{field: message} of the warnings that no sentence answers yet."""
    return {
        answer_field(each.item.slug): _("Answer in a sentence, or mend it: %(question)s %(finding)s")
        % {"question": each.item.question, "finding": each.finding.words}
        for each in checklist.unanswered(facts_of(check), check.answers)
        if not each.item.blocks
    }


def told_to_readers(check):
    """The answers that go public with the draft as it is: as checklist.told(), in the language of the desk."""
    with in_words_of_the_desk():
        return checklist.told(facts_of(check), check.answers)
