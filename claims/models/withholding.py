"""What of the log is kept from a person: what was protected is protected there as well; and who is to judge a claim
blind (opinions.py) reads nothing there of its draft."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.models.appearances import Appearance
from claims.models.checks import Check
from claims.models.comments import Comment
from claims.models.log import Change
from claims.models.sources import Source

# Lines about the log's own lines and reasons that a redaction blanked: they say again what those say now.
AGAIN = ("change", "act")
# Kinds of records of which some are protected. Where no claim says which, all their values are withheld.
PERHAPS_PROTECTED = frozenset(
    {
        "publisher", "source", "snapshot", "snapshotfile", "appearance", "anchor", "evidence", "comment",
        "requestforcomment", *AGAIN,
    }
)  # fmt: skip
# Kinds of which each version is protected for good once it was: the old words still stand in the log.
FOR_GOOD = ("evidence", "requestforcomment")

# What is nobody's business outside the desk, though those of its people who may read it there do.
PERSONAL = frozenset({("user", "email")})


def stays_here(kind, name):
    """Does a field of such a line of the log stay at the desk, where nothing protected is to leave it?"""
    return kind in PERHAPS_PROTECTED or (kind, name) in PERSONAL


# Kinds of records that tell of a draft, its fellows' opinions and what is said of it.
ABOUT_DRAFTS = frozenset({"check", "secondopinion", "comment", *AGAIN})
TOLD_LATER = gettext_lazy("(withheld until your second opinion is given)")


def claims_kept_from(user):
    """Numbers of the claims whose drafts are kept from this person for now."""
    return set(Check.objects.kept_from(user).values_list("claim_id", flat=True))


def withheld(claims, user):
    """{(kind, id)} of records of these claims (keys) whose values the person may not read, in whatever version."""
    return _about_drafts(claims, user) | _protected(claims, user)


def _about_drafts(claims, user):
    kept = claims_kept_from(user) & set(claims)
    if not kept:
        return set()
    lines = Change.objects.filter(claim_id__in=kept, kind__in=ABOUT_DRAFTS)
    return set(lines.values_list("kind", "object_id").distinct())


def _protected(claims, user):
    if user.may("see_protected"):
        return set()
    lines = Change.objects.filter(claim_id__in=claims, kind__in=FOR_GOOD)
    lines = lines.values_list("kind", "object_id", "values")
    sources = {int(pk) for *_record, values in lines for pk in values.get("source", []) if pk}
    open_sources = set(Source.objects.visible_to(user).filter(pk__in=sources).values_list("pk", flat=True))
    closed = {str(pk) for pk in sources - open_sources}
    hidden = {
        (kind, pk)
        for kind, pk, values in lines
        if True in values.get("protected", []) or closed & set(values.get("source", []))
    }
    seen = Appearance.objects.visible_to(user).filter(claim__in=claims).values("pk")
    unseen = Appearance.objects.filter(claim__in=claims).exclude(pk__in=seen).values_list("pk", flat=True)
    said = Comment.objects.filter(claim__in=claims, protected=True).values_list("pk", flat=True)
    again = Change.objects.filter(claim_id__in=claims, kind__in=AGAIN).values_list("kind", "object_id").distinct()
    hidden |= set(again)
    return hidden | {("appearance", pk) for pk in unseen} | {("comment", pk) for pk in said}


def without_secret_reasons(acts, user):
    """These acts as a list, for showing: the reason of one that touched what the person may not see is withheld."""
    acts, kept = list(acts), claims_kept_from(user)
    if kept:
        about = Change.objects.filter(act__in=[act for act in acts if act.reason], kind__in=ABOUT_DRAFTS)
        _withhold(acts, about.filter(claim_id__in=kept).values_list("act_id", flat=True), TOLD_LATER)
    if user.may("see_protected"):
        return acts
    lines = Change.objects.filter(act__in=[act for act in acts if act.reason], kind__in=PERHAPS_PROTECTED)
    lines = list(lines.values_list("act_id", "kind", "object_id", "claim_id"))
    hidden = withheld({claim for *_line, claim in lines if claim}, user) if lines else set()
    secret = {act for act, kind, pk, claim in lines if claim is None or (kind, pk) in hidden}
    _withhold(acts, secret, _("(withheld: it is about something protected)"))
    return acts


def _withhold(acts, positions, instead):
    positions = set(positions)
    for act in acts:
        if act.pk in positions:
            act.reason = instead


def without_kept_reasons(refused, user):
    """[[number of a claim, why it was refused]] of a bulk act, for showing: why a draft was not good enough tells of
    it."""
    kept = claims_kept_from(user)
    return [[number, TOLD_LATER if number in kept else why] for number, why in refused]
