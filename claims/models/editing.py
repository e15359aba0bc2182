"""Changing what many claims share: who said it, sources, publishers, topics. Lists and approvals follow."""

from django.utils.translation import gettext_lazy as _

from claims.models.appearances import Appearance
from claims.models.claimants import ClaimantRole, set_aliases
from claims.models.evidence import Evidence
from claims.models.keeping import keep_found, keep_in_step, said
from claims.models.links import follow_link
from claims.models.log import acting
from claims.models.replies import RequestForComment
from claims.models.sources import Publisher, publisher_in
from claims.models.topics import Topic


def edit_claimant(claimant, *, by, aliases=None, roles=None, version=None, once=None, **values):
    """Change a claimant; `aliases` are names, `roles` dicts as for add_claimant(), None leaves either as it is."""
    with acting("claimant.edit", by=by, once=once) as act:
        act.lock(claimant, version=version)
        changed = act.edit(claimant, **values)
        others = set_aliases(act, claimant, aliases) if aliases is not None else False
        roles_changed = _set_roles(act, claimant, roles) if roles is not None else False
        if not changed and (others or roles_changed):
            act.touch(claimant)
        if "name" in changed or others:
            keep_found(_ids(claimant.appearances, claimant.claims))
        if changed:
            # What readers are told of a request for comment names who was asked, too.
            asked = RequestForComment.objects.filter(claimant=claimant)
            shown = _ids(claimant.appearances, claimant.claims) | _ids(asked)
            keep_in_step(act, shown, because=said(_("Who said it")))
    return claimant


def _ids(records, *claims):
    """The ids of the claims to which these records belong, and of further `claims`."""
    found = set(records.order_by().values_list("claim_id", flat=True))
    return found.union(*(each.order_by().values_list("pk", flat=True) for each in claims))


def _set_roles(act, claimant, roles):
    """Make the roles exactly these, in an open act. Returns whether anything changed."""
    kept, changed = list(claimant.roles.all()), False
    for old in kept:
        values = {"role": old.role, "since": old.since, "until": old.until, "party": old.party}
        if values in roles:
            roles = [each for each in roles if each != values]
        else:
            act.remove(old)
            changed = True
    for values in roles:
        act.add(ClaimantRole(claimant=claimant, **values))
    return changed or bool(roles)


def edit_source(source, *, by, version=None, once=None, **values):
    """Change a source; `publisher` may be a name."""
    with acting("source.edit", by=by, once=once) as act:
        act.lock(source, version=version)
        if "publisher" in values:
            values["publisher"] = publisher_in(act, values["publisher"])
        changed = act.edit(source, **values)
        if changed & {"title", "publisher", "protected"}:
            keep_found(_ids(source.appearances))
        if changed:
            _source_changed(act, source)
        if changed & {"url", "protected"}:
            # Behind the claims, as the worker does that tells them of a link.
            follow_link(source, act.at, anew="url" in changed)
    return source


def _source_changed(act, source):
    ids = _ids(source.appearances) | _ids(source.evidence)
    keep_in_step(act, ids, because=said(_("A source")))


def archive_source(source, *, by, archive_url, version=None, once=None):
    """Record where an archived copy of a source is kept, or by "" that there is none. Verdicts will name it."""
    with acting("source.archive", by=by, once=once) as act:
        act.lock(source, version=version)
        if act.edit(source, archive_url=archive_url):
            _source_changed(act, source)
    return source


def add_publisher(*, by, once=None, **values):
    with acting("publisher.add", by=by, once=once) as act:
        return act.add(Publisher(**Publisher.given(values)))


def edit_publisher(publisher, *, by, version=None, once=None, **values):
    with acting("publisher.edit", by=by, once=once) as act:
        act.lock(publisher, version=version)
        # Neither a verdict nor a search knows the site.
        if "name" in act.edit(publisher, **values):
            seen = _ids(Appearance.objects.filter(source__publisher=publisher))
            shown = _ids(Evidence.objects.filter(source__publisher=publisher))
            keep_found(seen)
            keep_in_step(act, seen | shown, because=said(_("A publisher")))
    return publisher


def add_topic(*, by, name, once=None):
    with acting("topic.add", by=by, once=once) as act:
        return act.add(Topic(name=name))


def edit_topic(topic, *, by, name, version=None, once=None):
    with acting("topic.edit", by=by, once=once) as act:
        act.lock(topic, version=version)
        act.change(topic, name=name)
    return topic
