"""What of the log is kept from a person: what was protected is protected there as well."""

from django.utils.translation import gettext as _

from claims.models.appearances import Appearance
from claims.models.comments import Comment
from claims.models.log import Change
from claims.models.sources import Source

# Kinds of records of which some are protected. Where no claim says which, all their values are withheld.
# "change" and "act" are lines about lines of the log that a redaction blanked: they say again what those say now.
PERHAPS_PROTECTED = frozenset(
    {
        "publisher", "source", "snapshot", "snapshotfile", "appearance", "anchor", "evidence", "comment",
        "requestforcomment", "change", "act",
    }
)  # fmt: skip
# Kinds of which each version is protected for good once it was: the old words still stand in the log.
FOR_GOOD = ("evidence", "requestforcomment")

# What is nobody's business outside the desk, though those of its people who may read it there do.
PERSONAL = frozenset({("user", "email")})


def stays_here(kind, name):
    """Does a field of such a line of the log stay at the desk, where nothing protected is to leave it?"""
    return kind in PERHAPS_PROTECTED or (kind, name) in PERSONAL


def withheld(claims, user):
    """{(kind, id)} of records of these claims (keys) whose values the person may not read, in whatever version."""
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
    again = Change.objects.filter(claim_id__in=claims, kind="change").values_list("object_id", flat=True)
    hidden |= {("change", position) for position in again}
    return hidden | {("appearance", pk) for pk in unseen} | {("comment", pk) for pk in said}


def without_secret_reasons(acts, user):
    """These acts as a list, for showing: the reason of one that touched what the person may not see is withheld."""
    acts = list(acts)
    if user.may("see_protected"):
        return acts
    lines = Change.objects.filter(act__in=[act for act in acts if act.reason], kind__in=PERHAPS_PROTECTED)
    lines = list(lines.values_list("act_id", "kind", "object_id", "claim_id"))
    hidden = withheld({claim for *_line, claim in lines if claim}, user) if lines else set()
    secret = {act for act, kind, pk, claim in lines if claim is None or (kind, pk) in hidden}
    for act in acts:
        if act.pk in secret:
            act.reason = _("(withheld: it is about something protected)")
    return acts
