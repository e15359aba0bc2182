"""What changed between a verdict and the one that it replaced, in words, out of the frozen copies of both."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from claims.models import Verdict
from claims.templatetags.desk import asked_days, asked_way, finding_words, markdown_words, said_on


@dataclass(frozen=True)
class Changed:
    """One thing that the new verdict says otherwise."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Replaced:
    """A verdict that replaced another, which is its `supersedes`, and what it says otherwise."""

    verdict: Verdict
    changes: list


def replaced(verdict):
    """What became of the verdict that this one superseded. Reads no more than with_replaced() fetched."""
    return Replaced(verdict, changes_between(verdict.supersedes, verdict))


def changes_between(old, new):
    """[Changed] in the order in which a verdict's page tells things. What a retraction unsays stands in the earlier
    verdict; here is what it says instead."""
    rows = zip(_told(old), _told(new), strict=True)
    changes = [Changed(label, before, after) for (label, before), (_label, after) in rows if before != after]
    mine, theirs = (list(map(_piece, each.frozen_evidence.all())) for each in (old, new))
    gone, come = [each for each in mine if each not in theirs], [each for each in theirs if each not in mine]
    if gone or come:
        changes.append(Changed(_("Evidence"), "\n".join(gone), "\n".join(come)))
    return [each for each in changes if each.new or not new.retracts]


def _told(verdict):
    """(label, text) of everything that a reader is told beside the rating, which pages show as badges."""
    yield _("The claim"), verdict.statement
    yield _("In short"), verdict.summary
    yield _("Who said it"), ", ".join(filter(None, [verdict.claimant, verdict.claimant_role]))
    yield _("Said on"), said_on(verdict) if verdict.said_on else ""
    yield _("In which words"), verdict.quote
    yield _("Where it was said"), _source(verdict, verdict.source_protected)
    yield _("Was it said as reported?"), "" if verdict.retracts else finding_words(verdict.attribution)
    yield _("What we found"), markdown_words(verdict.explanation)
    yield _("Evidence gathered up to"), _day(verdict.evidence_until)
    yield _("Disclosures"), verdict.disclosures
    yield _("Right of reply"), "\n".join(map(_request, verdict.asked))
    yield _("What else you may ask"), "\n".join(f"{each['question']} {each['sentence']}" for each in verdict.answered)


def _request(told):
    """Whom the desk asked for comment, and what came back so far, in one line."""
    days = asked_days(told)
    day, answered = _day(days["asked_on"]), {"day": _day(days["answered_on"])}
    asked = _("was asked for comment %(way)s on %(day)s.") % {"way": asked_way(told["way"]), "day": day}
    came = _("No answer had come when this was published.")
    if told["answer"]:
        came = f"{_('The answer of %(day)s:') % answered} “{told['answer']}”"
    elif days["answered_on"]:
        came = _("An answer came on %(day)s; its words are not for quotation.") % answered
    return f"• {told['whom']} {asked} {came}"


def _day(day):
    return date_format(day, "DATE_FORMAT") if day else ""


def _source(copy, protected):
    """The source of a verdict, or of a piece of evidence, as it was copied."""
    if protected:
        return _("A protected source")
    return ", ".join(filter(None, [copy.source_title, copy.source_publisher, copy.source_url]))


def _piece(piece):
    """A piece of evidence in one line."""
    if piece.protected:
        return f"• {piece.get_stance_display()}: {_source(piece, True)}"
    words = [
        _source(piece, False) or piece.get_kind_display(),
        _day(piece.source_published_on),
        piece.locator,
        piece.calculation,
        f"“{piece.excerpt}”" if piece.excerpt else "",
        _("Information of: %(origin)s") % {"origin": piece.origin} if piece.origin else "",
        "" if piece.primary else _("Not first hand: %(why)s") % {"why": piece.why_not_primary},
        _("Interests: %(interests)s") % {"interests": piece.interests} if piece.interests else "",
    ]
    return f"• {piece.get_stance_display()}: {'; '.join(filter(None, words))}"
