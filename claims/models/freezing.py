"""What a verdict is about, gathered from the live records: the content that approval binds to and publishing copies."""

from django.db.models import Prefetch, prefetch_related_objects

from claims.models.evidence import Evidence
from claims.seals import canonical, plain, sha256

# Kept out of a verdict where a source or a piece of evidence is protected.
WITHHELD = (
    "source_title", "source_publisher", "source_url", "snapshot_sha256", "archive_url", "calculation", "excerpt",
    "locator", "why_not_primary", "origin", "interests",
)  # fmt: skip


def _of_source(source):
    return {
        "source_title": source.title if source else "",
        "source_publisher": source.publisher.name if source and source.publisher else "",
        "source_url": source.url if source else "",
    }


def _day_of(appearance):
    known = appearance.said_on is not None and not appearance.source.protected
    return {
        "said_on": appearance.said_on if known else None,
        "said_on_precision": appearance.said_on_precision if known else "",
        "said_on_inferred": known and appearance.said_on_inferred,
    }


def frozen_piece(evidence):
    """One piece of evidence as the verdict will hold it."""
    piece = {
        "evidence_id": evidence.pk,
        "kind": evidence.kind,
        "stance": evidence.stance,
        **_of_source(evidence.source),
        "source_published_on": evidence.source.published_on if evidence.source else None,
        "snapshot_sha256": evidence.snapshot.sha256 if evidence.snapshot else "",
        "archive_url": evidence.source.archive_url if evidence.source else "",
        "files": sorted(each.sha256 for each in evidence.snapshot.files.all()) if evidence.snapshot else [],
        "calculation": evidence.calculation,
        "excerpt": evidence.excerpt,
        "locator": evidence.locator,
        "primary": evidence.primary,
        "why_not_primary": evidence.why_not_primary,
        "origin": evidence.origin,
        "interests": evidence.interests,
        "protected": evidence.is_protected,
        "about_attribution": evidence.appearance_id is not None,
    }
    if evidence.is_protected:
        piece |= dict.fromkeys(WITHHELD, "") | {"source_published_on": None, "files": []}
    return piece


def asked_about(claim):
    """What readers are told of every request for comment on the claim, as they were asked."""
    requests = sorted(claim.requests.all(), key=lambda each: (each.asked_on, each.pk))
    return [told for each in requests if (told := each.told()) is not None]


def gather(checks):
    """Read what content_of() and content_digest() of these checks go through, in as many queries for a thousand as
    for one. What was read already is kept, so call it after the locks."""
    pieces = Evidence.objects.select_related("source__publisher", "source__link", "snapshot", "appearance").order_by(
        "pk"
    )
    pieces = pieces.prefetch_related("snapshot__files")
    prefetch_related_objects(
        checks,
        Prefetch("evidence", pieces),
        "rating",
        "claim__claimant",
        "claim__principal_appearance__source__publisher",
        "claim__requests__claimant",
    )


def chosen_evidence(check):
    gather([check])
    return list(check.evidence.all())


def content_of(check, *, answered=None):
    """Everything an approver answers for: (values, evidence pieces), as publishing will copy them. `answered` is what a
    submission under way will write down of the answers to the checklist."""
    claim, rating = check.claim, check.rating
    appearance = claim.principal_appearance
    source = appearance.source
    if check.retracts:
        rating = None
    values = {
        "statement": claim.statement,
        "claimant": claim.claimant.name,
        "claimant_kind": claim.claimant.kind,
        # The words of a protected source never leave the desk, and a role or a day may tell who it is.
        "claimant_role": "" if source.protected else appearance.role,
        "quote": "" if source.protected else appearance.quote,
        **_day_of(appearance),
        "source_protected": source.protected,
        "attribution": "" if check.retracts else appearance.attribution,
        "rating_slug": rating.slug if rating else "",
        "rating_label": rating.label if rating else "",
        "rating_meaning": rating.meaning if rating else "",
        "rating_value": rating.value if rating else None,
        "summary": check.summary,
        "explanation": check.explanation,
        "disclosures": check.disclosures,
        "evidence_until": check.evidence_until,
        "recheck_on": check.recheck_on,
        "replacement_kind": check.replacement_kind,
        "replacement_note": check.replacement_note,
        # What readers are told of whom the desk asked, and of what it answered to its own checklist.
        "asked": asked_about(claim),
        "answered": check.answered if answered is None else answered,
        **({} if source.protected else _of_source(source)),
    }
    return values, [frozen_piece(each) for each in chosen_evidence(check)]


def content_digest(check, *, answered=None):
    """The digest that submission and approval bind to. New sightings, topics and priority are not part of it."""
    values, pieces = content_of(check, answered=answered)
    appearance = check.claim.principal_appearance
    content = {
        "form": "draft/1",
        "values": plain(values),
        "evidence": plain(pieces),
        # The versions cover what is protected, and so stays out of the frozen copies.
        "versions": plain([[appearance.pk, appearance.version], *_versions(check)]),
        "of the claim": [check.claim.kind, check.claim.language],
    }
    return sha256(check.salt.encode() + b"\n" + canonical(content))


def _versions(check):
    """Of each chosen piece: its own, that of the appearance it bears on, and its source's where that is withheld."""
    return [
        [
            each.pk,
            each.version,
            each.appearance.version if each.appearance else None,
            each.source.version if each.source and each.is_protected else None,
        ]
        for each in chosen_evidence(check)
    ]
