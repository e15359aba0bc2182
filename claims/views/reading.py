"""What the reading page shows: the newest whole text in paragraphs with each claim's words marked, and the claims."""

from dataclasses import dataclass, field

from claims.models import Anchor, Appearance, Claim, SnapshotFile, Source
from claims.search.nearest import nearest
from claims.text import passages

# A text cut into more lines than this is shown as one block: a browser lays out a hundred thousand paragraphs badly.
MOST_PARAGRAPHS = 5_000
DEEPEST = 3
MOST_OFFERED = 3
MOST_SPEAKERS = 3
MOST_FILES = 200


@dataclass
class Piece:
    """A run of one paragraph over which the same marks lie; `begins` and `ends` are sightings."""

    text: str
    depth: int
    begins: list
    ends: list
    claims: list


@dataclass
class Entry:
    """A claim beside the text, with its sightings in this source. `here`: at least one stands in the text shown."""

    claim: object
    sightings: list = field(default_factory=list)
    here: bool = False


def paragraphs(text, anchors):
    """[[Piece]]: joined in order the pieces are `text` again, line ends included."""
    lines, spans = [[]], [(anchor.start, anchor.end, anchor) for anchor in anchors]
    whole = text.count("\n") > MOST_PARAGRAPHS
    for passage in passages(text, spans):
        marks = sorted(passage.marks, key=lambda anchor: (anchor.start, anchor.pk))
        begins = [anchor.appearance for anchor in marks if anchor.start == passage.start]
        ends = [anchor.appearance for anchor in marks if anchor.end == passage.end]
        claims = list(dict.fromkeys(anchor.appearance.claim_id for anchor in marks))
        cuts = [passage.text] if whole else _cut(passage.text)
        for number, cut in enumerate(cuts):
            last = number == len(cuts) - 1
            piece = Piece(cut, min(len(marks), DEEPEST), begins if not number else [], ends if last else [], claims)
            lines[-1].append(piece)
            if cut.endswith("\n") and not whole:
                lines.append([])
    return [line for line in lines if line]


def _cut(text):
    """Lines with their ends. str.splitlines() would cut at separators that are no LF as well."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def entries(sightings, places):
    """One entry a claim, in the order of its words in the text; what is not in the text shown comes last."""
    found = {}
    last = max(places.values(), default=0) + 1
    for sighting in sorted(sightings, key=lambda each: (places.get(each.pk, last), each.pk)):
        entry = found.setdefault(sighting.claim_id, Entry(sighting.claim))
        sighting.here = sighting.pk in places
        entry.sightings.append(sighting)
        entry.here = entry.here or sighting.here
    return list(found.values())


def standing(document, user):
    """The newest whole text or None, the sightings in the document, and where in that text they stand."""
    snapshot = document.full_text()
    sightings = list(
        Appearance.objects.visible_to(user)
        .filter(source=document)
        .select_related("claim__verdict", "claim__claimant", "claimant")
    )
    by_pk = {sighting.pk: sighting for sighting in sightings}
    anchors = list(Anchor.objects.filter(snapshot=snapshot, appearance__in=by_pk)) if snapshot else []
    for anchor in anchors:
        anchor.appearance = by_pk[anchor.appearance_id]
    return snapshot, sightings, anchors


def suggestions(user, snapshot, sightings, anchors, *, quote="", start=None, chosen=None):
    """Of which claims the words may be an appearance: those with words like theirs, then those standing closest in
    the same text; and who may have said them in which role. `chosen` is offered whatever the words are."""
    if start is None:
        start = snapshot.text.find(quote) if snapshot and quote else 0
    distances = {anchor.appearance_id: abs(anchor.start - start) for anchor in anchors}
    far = max(distances.values(), default=0) + 1
    closest = sorted(sightings, key=lambda each: (distances.get(each.pk, far), each.pk))
    near = nearest(Claim.objects.visible_to(user), quote, MOST_OFFERED) if quote.strip() else []
    near = [chosen, *near] if chosen and chosen not in near else near
    here = list(dict.fromkeys(each.claim for each in closest if each.claim not in near))
    speakers = list(dict.fromkeys((each.claimant.name, each.role) for each in closest))
    return {
        "near": near,
        "here": here[:MOST_OFFERED],
        "speakers": speakers[:MOST_SPEAKERS],
        "names": sorted({each.claimant.name for each in sightings}),
        "roles": sorted({each.role for each in sightings if each.role}),
    }


def reading_context(document, user, form):
    snapshot, sightings, anchors = found = standing(document, user)
    text = snapshot.text if snapshot else ""
    if form:
        form.offers = suggestions(user, *found, **form.words_so_far())
    return {
        "source": document,
        "snapshot": snapshot,
        "paragraphs": paragraphs(text, anchors),
        "one_block": text.count("\n") > MOST_PARAGRAPHS,
        "entries": entries(sightings, {anchor.appearance_id: anchor.start for anchor in anchors}),
        "contains": document.contains.visible_to(user).newest()[:20],
        "within": Source.objects.visible_to(user).filter(pk=document.contained_in_id).first(),
        "evidence_count": document.evidence.visible_to(user).count(),
        "texts": document.texts().count(),
        "files": SnapshotFile.objects.visible_to(user).of_source(document)[:MOST_FILES],
        "form": form,
    }
