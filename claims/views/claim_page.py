"""What a claim's page shows, gathered at a constant number of queries."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import PlainForm, ReasonForm
from claims.forms.answers import rows_of
from claims.forms.checks import ApproveForm, DraftForm, RecheckForm, ReopenForm
from claims.forms.claims import AssignForm, PutBackForm, SelectForm
from claims.forms.kept import offer_kept
from claims.models import KeptDraft, Presence, SecondOpinion, SnapshotFile
from claims.models.offers import offered_for_check, offered_for_claim
from claims.models.rechecking import because_of
from claims.states import CheckState
from claims.text import in_context
from claims.views.conversations import comments_context
from claims.views.history import history_of
from claims.views.second_opinions import key_of, opinions_context

AROUND = 200
PLACES = 5
STANCES = {"supports": _("For"), "contradicts": _("Against"), "context": _("Context")}
# verb: (the page it is sent to, what the button says, the form)
ON_CLAIM = {
    "claim.select": ("select_claim", _("Select for checking"), SelectForm),
    "claim.decline": ("decline_claim", _("Do not check"), ReasonForm),
    "claim.put_back": ("put_back_claim", _("Put back to noted"), PutBackForm),
    "claim.assign": ("assign_claim", _("Assign"), AssignForm),
    "check.start": ("start_check", _("Start the check"), PlainForm),
    "claim.recheck_done": ("nothing_to_change", _("Nothing to change"), RecheckForm),
    "check.reopen": ("reopen_claim", _("Reopen"), ReopenForm),
}
ON_CHECK = {
    "check.submit": ("submit_check", _("Submit for approval"), PlainForm),
    "check.take_back": ("take_back_check", _("Take it back"), PlainForm),
    "check.approve": ("approve_check", _("Approve"), ApproveForm),
    "check.send_back": ("send_back_check", _("Send back"), ReasonForm),
    "check.publish": ("publish_check", _("Publish"), PlainForm),
    "check.withdraw_approval": ("withdraw_approval", _("Withdraw the approval"), ReasonForm),
    "check.abandon": ("abandon_check", _("Abandon"), ReasonForm),
}
# The key that leads to a verb's button: static/claims/keys.js.
KEYS = {
    "claim.select": "s", "claim.decline": "x", "claim.put_back": "z", "claim.assign": "m", "check.start": "s",
    "check.reopen": "o", "claim.recheck_done": "y",
    "check.submit": "s", "check.take_back": "t", "check.approve": "a", "check.send_back": "b", "check.publish": "u",
    "check.withdraw_approval": "b", "check.abandon": "x",
}  # fmt: skip
GRAVE = {"check.abandon"}


@dataclass
class Offer:
    """A verb that may be done now: where its form is sent, what its button says, the key that leads there, the form,
    and whether it ends something."""

    url: str
    label: str
    key: str
    form: object
    grave: bool

    @property
    def asks(self):
        """Does the form ask for anything, so that it is folded behind its button?"""
        return bool(self.form.visible_fields())


@dataclass
class Sighting:
    """An appearance with its words in context; the context is empty where no text is tied to it."""

    appearance: object
    before: str
    words: str
    after: str


def offers(record, verbs, table, **options):
    found = []
    for verb in verbs:
        if verb in table:
            name, label, form = table[verb]
            made = form(record=record, auto_id=f"{name}-%s", **options.get(verb, {}))
            found.append(Offer(reverse(name, args=[record.pk]), label, KEYS[verb], made, verb in GRAVE))
    return found


def _in_its_text(anchor):
    return in_context(anchor.snapshot.text, anchor.start, anchor.end, AROUND)


def sightings(claim, user):
    """The appearances that the person may see, the principal one first."""
    visible = claim.appearances.visible_to(user).select_related("claimant", "source__publisher")
    shown = []
    for appearance in visible.prefetch_related("anchors__snapshot"):
        appearance.claim = claim
        anchors = list(appearance.anchors.all())
        words = _in_its_text(anchors[-1]) if anchors else ("", appearance.quote, "")
        shown.append(Sighting(appearance, *words))
    return sorted(shown, key=lambda each: not each.appearance.is_principal)


def evidence(claim, user):
    """The pieces that the person may see, as they were added."""
    visible = claim.evidence.visible_to(user).select_related(
        "source__publisher", "source__link", "appearance__claimant"
    )
    pieces = list(visible.annotate(text_taken_at=F("snapshot__taken_at")).in_order())
    files = SnapshotFile.objects.visible_to(user).by_snapshot({piece.snapshot_id for piece in pieces})
    for piece in pieces:
        piece.claim, piece.files = claim, files[piece.snapshot_id]
    return pieces


def by_stance(pieces):
    """[(heading, [pieces])] in the order for, against, context."""
    return [(label, [each for each in pieces if each.stance == stance]) for stance, label in STANCES.items()]


def asked_about(claim, user):
    """The requests for comment that the person may see, as they were asked, and how many there are beside them."""
    requests = list(claim.requests.visible_to(user).select_related("claimant", "asked_by").in_order())
    for each in requests:
        each.claim = claim
    return {"requests": requests, "requests_hidden": claim.requests.count() - len(requests)}


def where_seen(shown):
    """Where the claim was met, most often first, and in how many further places."""
    places = Counter(str(each.appearance.source.publisher or each.appearance.source) for each in shown)
    return {"places": places.most_common(PLACES), "more_places": max(0, len(places) - PLACES)}


def kept_of(claim, user, pieces, check, talks):
    """{key: what this person typed into the forms of the page and did not save}; see forms/kept.py."""
    keys = [f"evidence.add:{claim.pk}", *(f"evidence.edit:{piece.pk}" for piece in pieces)]
    keys += [f"check.edit:{check.pk}"] if check else []
    keys += [key_of(each) for each in SecondOpinion.objects.awaited_from(user).filter(check_file__claim=claim)]
    keys += [f"comment.add:{claim.pk}", *(f"comment.answer:{each.first.pk}" for each in talks)]
    return {kept.key: kept for kept in KeptDraft.objects.of(user).filter(key__in=keys)}


def keep_comments(claim, talk, kept, wanted):
    """Let the forms of comments keep their words, as check_context() does for the draft."""
    forms = {f"comment.answer:{each.first.pk}": each.answer for each in talk["conversations"]}
    for key, form in {f"comment.add:{claim.pk}": talk["comment_form"], **forms}.items():
        if form:
            offer_kept(form, key, kept.get(key), wanted)


def check_context(check, user, pieces, kept, wanted):
    """The open check: what it says, and what the person may do with it. `pieces` are the evidence they may see, `kept`
    what kept_of() found, and `wanted` the key of what the address asks to be taken up."""
    if check is None:
        return {"check": None, "draft": None}
    may = offered_for_check(check, user)
    drafting = check.state == CheckState.DRAFTING
    form = DraftForm(user=user, record=check, auto_id="draft-%s") if drafting and "check.edit" in may else None
    if form:
        key = f"check.edit:{check.pk}"
        offer_kept(form, key, kept.get(key), wanted)
    # The draft's own form has a button that saves and submits; a second one beside it would lose what was typed.
    verbs = [verb for verb in may if form is None or verb != "check.submit"]
    chosen = set(check.evidence.order_by().values_list("pk", flat=True))
    options = {"check.approve": {"alone": check.submitted_by_id == user.pk}}
    return {
        "check": check,
        "draft": form,
        "may_submit": "check.submit" in may,
        "may_edit_waiting": "check.edit" in may and not drafting,
        "checklist": [] if form else rows_of(check, pieces),
        "check_offers": offers(check, verbs, ON_CHECK, **options),
        "chosen": [piece for piece in pieces if piece.pk in chosen],
        "chosen_hidden": len(chosen.difference(piece.pk for piece in pieces)),
    }


def checks_of(claim, user):
    """Those that the person may see, newest first."""
    found = claim.checks.visible_to(user).order_by("-pk")
    checks = list(found.select_related("rating", "assignee", "submitted_by", "approved_by", "published_as"))
    for check in checks:
        check.claim = claim
    return checks


def claim_context(claim, request):
    user = request.user
    checks = checks_of(claim, user)
    seen = sightings(claim, user)
    count = claim.appearances.count()
    pieces = evidence(claim, user)
    may = offered_for_claim(claim, user)
    check = next((each for each in checks if each.is_open), None)
    talk, wanted = comments_context(claim, checks, user), request.GET.get("kept", "")
    kept = kept_of(claim, user, pieces, check, talk["conversations"])
    keep_comments(claim, talk, kept, wanted)
    for piece in pieces:
        piece.kept = kept.get(f"evidence.edit:{piece.pk}")
    return {
        "claim": claim,
        "also_here": Presence.objects.beside(claim, user),
        "doing": Presence.Doing.READING,
        "topics": list(claim.topics.order_by("name_key")),
        "parts": list(claim.parts.order_by("pk")[:50]),
        "sightings": seen,
        **where_seen(seen),
        "appearances_count": count,
        "sightings_hidden": count - len(seen),
        "evidence": by_stance(pieces),
        "evidence_hidden": claim.evidence.count() - len(pieces),
        "because": because_of([claim], user)[claim.pk],
        **asked_about(claim, user),
        "claim_offers": offers(claim, may, ON_CLAIM),
        "may_edit": "claim.edit" in may,
        "kept_evidence": kept.get(f"evidence.add:{claim.pk}"),
        **check_context(check, user, pieces, kept, wanted),
        # What a published check says stands with its verdict.
        "closed_checks": [each for each in checks if each.state == CheckState.ABANDONED],
        **opinions_context(claim, check, user, kept, wanted),
        "verdicts": list(claim.verdicts.order_by("-number")),
        **talk,
        **history_of(claim, user, {}),
    }
