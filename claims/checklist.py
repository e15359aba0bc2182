"""What an outsider would ask of a verdict before it goes out. Pure: facts go in, findings come out, in words that are
translated when they are read.

Each item is a function of the facts that returns a Finding, or None where there is nothing to ask; its docstring says
why it is asked and where the rule is from. "IFCN" is the Code of Principles of the International Fact-Checking Network.
A finding names pieces of evidence by their number and never by their words, since not everybody may read all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from claims.text import plain_words, shows

SUPPORTS, CONTRADICTS = "supports", "contradicts"
LONGEST = 500


@dataclass(frozen=True)
class Piece:
    """A chosen piece of evidence. `kept_on` is the desk's day on which its text was taken. What the desk does not know
    of its link is None: whether it answers, and whether a copy of it is archived."""

    number: int
    origin: str = ""
    stance: str = SUPPORTS
    primary: bool = True
    why_not_primary: str = ""
    interests: str = ""
    protected: bool = False
    published_on: date | None = None
    kept_on: date | None = None
    answers: bool | None = None
    archived: bool | None = None


@dataclass(frozen=True)
class Facts:
    """What is looked at of a draft. `circle` are the names of who said it and of what speaks for them; `asked` is None
    where nobody can be asked."""

    pieces: tuple = ()
    free_of_evidence: bool = False
    retracts: bool = False
    circle: frozenset = field(default_factory=frozenset)
    evidence_until: date | None = None
    asked: bool | None = None
    disclosures: str = ""

    def numbers(self, holds):
        return tuple(piece.number for piece in self.pieces if holds(piece))


@dataclass(frozen=True)
class Finding:
    """What gives reason to ask, in a sentence, and the numbers of the pieces of evidence that do."""

    words: str
    pieces: tuple = ()


def no_evidence(facts):
    """A verdict without evidence is an opinion. Design rule 11: refused, save for a rating that says it may be given
    without, and for a retraction, of which nothing is asked at all."""
    if facts.pieces or facts.free_of_evidence:
        return None
    return Finding(_("Choose at least one piece of evidence. This rating cannot be given without any."))


def _of_the_circle(piece, circle):
    origin = f" {plain_words(piece.origin)} "
    return any(f" {name} " in origin for name in map(plain_words, circle) if name)


def circular(facts):
    """Evidence that is all the claimant's own repeats the claim and does not check it (IFCN, transparency of sources:
    claims are checked against more than one named source).

    An origin is of the circle where the folded words of a name in it stand together in the origin: the claimant's
    names, the roles and parties they hold, the publisher of the words themselves. So "Office of Mirabel Testwell" is,
    and a Testwell Institute is not. What is missed or too much is for the sentence that answers."""
    within = facts.numbers(lambda piece: _of_the_circle(piece, facts.circle))
    if not facts.pieces or len(within) < len(facts.pieces):
        return None
    return Finding(_("Everything chosen comes from who said it or from those who speak for them."), within)


def one_origin(facts):
    """Two outlets that print one agency are one witness (IFCN, transparency of sources: more than one named source,
    or a word on why there is one alone). Where that one is the claimant's own, circular() says the graver thing."""
    origins = {plain_words(piece.origin) for piece in facts.pieces} - {""}
    if len(origins) != 1 or circular(facts):
        return None
    return Finding(_("Everything chosen is one origin’s information."), facts.numbers(lambda piece: True))


def no_primary(facts):
    """Primary sources come first, and where there is none readers are told why (IFCN, transparency of sources). The
    form of evidence asks for that reason, too; here it must stand for what came in by any other way."""
    lacking = facts.numbers(lambda piece: not piece.primary and not shows(piece.why_not_primary))
    if any(piece.primary for piece in facts.pieces) or not lacking:
        return None
    return Finding(_("Nothing chosen is first hand, and no reason is given."), lacking)


def days_disagree(facts):
    """A text kept before it was published, or published after the last day that was looked at, means that one of the
    days is wrong, and readers who retrace the check will stumble over it (IFCN, transparency of sources: in enough
    detail that readers can replicate the work)."""
    early = facts.numbers(lambda each: each.published_on and each.kept_on and each.kept_on < each.published_on)
    until = facts.evidence_until
    late = facts.numbers(lambda each: until and each.published_on and each.published_on > until)
    if early:
        words = ngettext(
            "%(number)d piece was kept before the day on which it was published.",
            "%(number)d pieces were kept before the day on which they were published.",
            len(early),
        )
        return Finding(words % {"number": len(early)}, early + tuple(each for each in late if each not in early))
    if late:
        words = ngettext(
            "%(number)d piece is newer than “evidence until”.",
            "%(number)d pieces are newer than “evidence until”.",
            len(late),
        )
        return Finding(words % {"number": len(late)}, late)
    return None


def one_sided(facts):
    """Whoever looks for what bears them out finds it (IFCN, methodology: evidence that supports a claim and evidence
    that undermines it are both told). Context takes no side."""
    sides = {piece.stance for piece in facts.pieces} & {SUPPORTS, CONTRADICTS}
    if not facts.pieces or len(sides) > 1:
        return None
    if CONTRADICTS in sides:
        return Finding(_("Everything chosen speaks against the claim."))
    return Finding(_("Nothing chosen contradicts the claim."))


def not_asked(facts):
    """Who is judged is heard first (IFCN, methodology: those who made the claim are contacted where that is possible).
    There is nobody to ask where the source is unnamed."""
    return Finding(_("No request for comment stands on record.")) if facts.asked is False else None


def links_fail(facts):
    """A link that is gone, or that nobody archived, leaves readers with our word for it (IFCN, transparency of sources:
    readers must be able to follow)."""
    dead = facts.numbers(lambda piece: piece.answers is False)
    loose = facts.numbers(lambda piece: piece.archived is False)
    if dead:
        words = ngettext("%(number)d link is dead.", "%(number)d links are dead.", len(dead))
        return Finding(words % {"number": len(dead)}, dead + tuple(each for each in loose if each not in dead))
    if loose:
        words = ngettext("%(number)d link has no archived copy.", "%(number)d links have no archived copy.", len(loose))
        return Finding(words % {"number": len(loose)}, loose)
    return None


def interests_hidden(facts):
    """Whose evidence it is may have something to gain (IFCN, transparency of sources: the interests of a source are
    told where they may bear on what it says). Readers see what is noted at a piece, save for a protected one; where
    nothing is noted anywhere, they cannot tell whether anybody thought of it."""
    if not facts.pieces or shows(facts.disclosures):
        return None
    unseen = facts.numbers(lambda piece: piece.protected and shows(piece.interests))
    if unseen:
        return Finding(
            _("Readers do not see the interests noted at protected evidence, and no disclosure tells."), unseen
        )
    if any(shows(piece.interests) for piece in facts.pieces):
        return None
    return Finding(_("Neither the evidence nor the disclosures say anything about interests."))


@dataclass(frozen=True)
class Item:
    """`question` is what an outsider would ask, `why` what makes them, in words for pages. Where a finding blocks, no
    sentence answers it."""

    slug: str
    finds: Callable
    question: str
    why: str
    blocks: bool = False


ITEMS = (
    Item(
        "no-evidence", no_evidence, _("What does this rest on?"),
        _("A verdict without evidence is an opinion."), blocks=True,
    ),
    Item(
        "circular", circular, _("Does anybody but the claimant say so?"),
        _("What the claimant’s own circle says repeats the claim and does not check it."),
    ),
    Item(
        "one-origin", one_origin, _("Does more than one independent source say so?"),
        _("Two outlets that print one agency are one witness."),
    ),
    Item(
        "no-primary", no_primary, _("Why is nothing here first hand?"),
        _("Each hand that a text passes through can change it."),
    ),
    Item(
        "days", days_disagree, _("Do the days of the evidence fit together?"),
        _("A reader who retraces the check stumbles over a day that cannot be right."),
    ),
    Item(
        "one-sided", one_sided, _("What was sought on the other side?"),
        _("Whoever looks for what bears them out finds it."),
    ),
    Item(
        "not-asked", not_asked, _("What does the claimant say to this?"),
        _("Who is judged is heard first, where that is possible."),
    ),
    Item(
        "links", links_fail, _("Can readers still follow the links?"),
        _("A link that is gone leaves readers with our word for it."),
    ),
    Item(
        "interests", interests_hidden, _("Who has something to gain from this evidence?"),
        _("Readers weigh a source differently once they know what it stands to gain."),
    ),
)  # fmt: skip
BY_SLUG = {item.slug: item for item in ITEMS}
WARNINGS = tuple(item for item in ITEMS if not item.blocks)


@dataclass(frozen=True)
class Asked:
    """An item as it stands for one draft: its finding, or None, and the sentence that answers it."""

    item: Item
    finding: Finding | None
    sentence: str = ""
    public: bool = False

    @property
    def state(self):
        if self.finding is None:
            return "settled"
        if self.item.blocks:
            return "blocks"
        return "answered" if shows(self.sentence) else "open"


def asked(facts, answers):
    """Every item in order. `answers` is {slug: {"sentence": words, "public": may readers see it}}. Of a retraction
    nothing is asked: it says nothing about the claim."""
    return [
        Asked(
            item, None if facts.retracts else item.finds(facts), answer.get("sentence", ""), bool(answer.get("public"))
        )
        for item in ITEMS
        for answer in [answers.get(item.slug, {})]
    ]


def unanswered(facts, answers):
    """The findings that stand in the way of submitting: those that block, and warnings without a sentence."""
    return [each for each in asked(facts, answers) if each.state in {"blocks", "open"}]


def told(facts, answers):
    """What readers are told: [{"slug", "question", "sentence"}] of the public answers to what is asked now. An answer
    whose warning is gone says nothing any more."""
    return [
        {"slug": each.item.slug, "question": str(each.item.question), "sentence": each.sentence}
        for each in asked(facts, answers)
        if each.state == "answered" and each.public
    ]
