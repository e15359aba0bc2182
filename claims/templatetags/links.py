"""What a page says of a source's address: whether it still leads where it led, and where a copy is kept."""

from urllib.parse import quote

from django import template
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from claims.models.links import LinkState
from claims.models.rechecking import Recheck
from claims.templatetags.desk import icon

register = template.Library()

# The colour and the drawing of each state.
LOOKS = {
    LinkState.UNCHECKED: ("neutral", "clock"),
    LinkState.ALIVE: ("good", "link"),
    LinkState.MOVED: ("half", "hand"),
    LinkState.CLOSED: ("neutral", "lock"),
    LinkState.MISSING: ("half", "question"),
    LinkState.SILENT: ("half", "question"),
    LinkState.DEAD: ("bad", "cross"),
}

BECAUSE_LOOKS = {
    Recheck.Kind.DAY: "clock",
    Recheck.Kind.DEAD_LINK: "cross",
    Recheck.Kind.CHANGED_LINK: "pen",
    Recheck.Kind.EVIDENCE: "join",
    Recheck.Kind.APPEARANCES: "said",
    Recheck.Kind.FIGURE: "up",
}


def _day(moment):
    return date_format(localtime(moment), "DATE_FORMAT")


@register.simple_tag
def link_badges(link, since=None):
    """The state of a link, and that its text changed `since` the desk kept it, each as drawing, word and colour."""
    look, drawing = LOOKS[link.state]
    words = (
        _("Link dead since %(day)s") % {"day": _day(link.dead_since)} if link.dead_since else link.get_state_display()
    )
    badges = [(look, icon(drawing), words)]
    if link.changed_at and not (since and since >= link.changed_at):
        badges.append(("half", icon("pen"), _("Text changed since %(day)s") % {"day": _day(link.changed_at)}))
    return format_html_join(" ", '<span class="badge reach reach-{}">{}{}</span>', badges)


@register.filter
def because_drawing(kind):
    """The drawing beside a reason for another look (models/rechecking.py)."""
    return BECAUSE_LOOKS[kind]


@register.filter
def archive_search(url):
    """Where archived copies of an address are looked for; empty where the desk names no such place."""
    return settings.ARCHIVE_URL.replace("{url}", quote(url, safe="/:?&=%+,;@~!$'()*")) if url else ""


@register.inclusion_tag("desk/_link.html")
def link_line(source, brief=False, since=None):
    """All that is known of a source's link; `brief` leaves out what nobody needs to hear of one that works. `since` is
    when the text at hand was taken: what changed before is in it."""
    try:
        link = source.link
    except ObjectDoesNotExist:
        link = None
    if link and not settings.CHECK_LINKS and not link.checked_at:
        link = None
    return {"source": source, "link": link, "brief": brief and link and link.state == LinkState.ALIVE, "since": since}
