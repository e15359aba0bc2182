"""What templates need beside Django's own tags: badges, days as words, Markdown, icons."""

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.templatetags.tz import do_timezone
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from claims import policy
from claims.forms import source_named
from claims.models.appearances import Appearance
from claims.models.claims import Claim
from claims.models.replies import RequestForComment
from claims.states import Replacement, state_label
from claims.templatetags.drawings import ICONS

register = template.Library()

STATE_LOOKS = {
    "noted": "bookmark",
    "selected": "dot",
    "drafting": "pen",
    "submitted": "hand",
    "approved": "seal",
    "published": "press",
    "reopened": "again",
    "not_checking": "stop",
    "merged": "join",
    "abandoned": "away",
}
FINDING_LOOKS = {
    "as_reported": ("true", "said"),
    "not_so": ("false", "not-said"),
    "cannot_tell": ("neutral", "perhaps-said"),
}
REPLACEMENT_LOOKS = {
    Replacement.CORRECTION: ("false", "warn"),
    Replacement.UPDATE: ("true", "clock"),
    Replacement.CLARIFICATION: ("half", "question"),
    Replacement.EDITORIAL: ("neutral", "pen"),
    Replacement.RETRACTION: ("neutral", "stop"),
}
ASKED_LOOKS = {
    "settled": ("neutral", "check"),
    "answered": ("true", "said"),
    "open": ("half", "question"),
    "blocks": ("false", "stop"),
}
PRIORITY_LOOKS = {Claim.Priority.HIGH: "up", Claim.Priority.URGENT: "up-up"}


@register.simple_tag
def icon(name):
    """A drawing beside a word; screen readers read the word alone."""
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS.get(name, ICONS["dot"]),
    )


def _badge(family, palette, drawing, words):
    return format_html(
        '<span class="badge {} {}-{}">{}{}</span>', family, family, slugify(palette), icon(drawing), words
    )


@register.simple_tag
def status_badge(status):
    """The status of a claim or the state of a check, as drawing, word and colour."""
    status = str(status)
    return _badge("status", status.replace("_", "-"), STATE_LOOKS.get(status, "dot"), state_label(status))


@register.simple_tag
def rating_badge(slug, label):
    """A rating by its slug and by the label that a verdict kept; the look is what seeds/ratings.toml says today."""
    looks = {row["slug"]: row for row in policy.ratings()}.get(slug, {})
    return _badge("rating", looks.get("palette") or "neutral", looks.get("icon") or "dot", label)


@register.simple_tag
def finding_badge(finding):
    """Whether it was said as reported, in words; `finding` is one of Appearance.Finding."""
    palette, drawing = FINDING_LOOKS.get(finding, ("neutral", "dot"))
    return _badge("rating", palette, drawing, finding_words(finding))


@register.simple_tag
def verdict_badge(verdict):
    """What a verdict says in short: its rating, the finding where it judges the attribution alone, or that it was
    retracted."""
    if verdict.rating_label:
        return rating_badge(verdict.rating_slug, verdict.rating_label)
    if verdict.retracts:
        return _badge("rating", "neutral", "stop", _("Retracted"))
    return finding_badge(verdict.attribution)


@register.simple_tag
def replacement_badge(kind):
    """Why a verdict took an earlier one's place."""
    palette, drawing = REPLACEMENT_LOOKS.get(kind, ("neutral", "dot"))
    return _badge("rating", palette, drawing, Replacement(kind).label)


@register.simple_tag
def asked_badge(asked):
    """How an item of the checklist stands."""
    words = {
        "settled": _("Nothing to ask"),
        "answered": _("Answered"),
        "open": _("To be answered"),
        "blocks": _("Stands in the way"),
    }
    return _badge("rating", *ASKED_LOOKS[asked.state], words[asked.state])


@register.simple_tag
def priority_badge(priority):
    """High and urgent only: what is normal needs no mark."""
    if priority <= Claim.Priority.NORMAL:
        return ""
    return _badge(
        "priority", Claim.Priority(priority).name.lower(), PRIORITY_LOOKS[priority], Claim.Priority(priority).label
    )


@register.simple_tag
def due_badge(day):
    """How near the day is on which it is due; nothing where there is none."""
    if day is None:
        return ""
    left, words = (day - timezone.localdate()).days, date_format(day, "DATE_FORMAT")
    if left < 0:
        return _badge("due", "late", "clock", _("overdue since %(day)s") % {"day": words})
    near = {0: _("due today"), 1: _("due tomorrow")}
    return _badge("due", "near" if left in near else "far", "clock", near.get(left, _("due %(day)s") % {"day": words}))


@register.filter
def finding_words(finding):
    return Appearance.Finding(finding).label if finding in Appearance.Finding.values else _("Not looked into")


@register.filter
def seen_by(source, user):
    return source.is_visible_to(user)


@register.filter
def offered_as(source):
    return source_named.offered_as(source)


@register.simple_tag
def said_on(record):
    """When something was said, with how well it is known. `record` is an appearance or a verdict."""
    day = record.said_on
    if day is None:
        return _("Day not known")
    if record.said_on_precision == Appearance.Precision.MONTH:
        words = _("%(month)s %(year)s") % {"month": MONTHS[day.month], "year": day.year}
    else:
        words = date_format(day, "DATE_FORMAT")
        if record.said_on_precision == Appearance.Precision.ABOUT:
            words = _("about %(day)s") % {"day": words}
    if record.said_on_inferred:
        words = _("%(day)s (inferred)") % {"day": words}
    return words


@register.filter
def asked_way(way):
    """By which way somebody was asked for comment, within a sentence."""
    known = RequestForComment.Way
    return str(known(way).label if way in known.values else known.OTHER.label).lower()


@register.simple_tag
def asked_days(told):
    """The days in what a verdict keeps of a request for comment, {name: day or None}."""
    names = ("asked_on", "deadline", "answered_on", "no_reply_on")
    return {name: parse_date(told.get(name) or "") for name in names}


@register.filter
def desk_time(moment):
    """A moment in the desk's time zone, whoever looks: the day of a verdict is one day for everybody."""
    return do_timezone(moment, timezone.get_default_timezone())


@register.filter
def as_json(value):
    """What a script reads from a data attribute, since no script stands in a page."""
    return json.dumps(value, cls=DjangoJSONEncoder)


def _lower_headings(state):
    """A text inside a page has no heading above the page's own."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _plain_link(renderer, tokens, index, options, env):
    tokens[index].attrSet("rel", "noopener nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _reader():
    """CommonMark without HTML and without pictures; links to the web alone."""
    reader = MarkdownIt("commonmark", {"html": False}).disable("image")
    reader.validateLink = lambda url: url.lower().startswith(("https://", "http://"))
    reader.core.ruler.push("lower_headings", _lower_headings)
    reader.add_render_rule("link_open", _plain_link)
    # It sorts its rules at its first text; another thread would read by those that are sorted by then.
    reader.render("*rules*")
    return reader


_MARKDOWN = _reader()


@register.filter
def markdown(text):
    """Markdown as HTML. What looks like HTML in it stays text, and so does a link to anything but a web address."""
    return mark_safe(_MARKDOWN.render(text))  # noqa: S308


def markdown_words(text):
    """What a reader of the Markdown reads, as plain text: its paragraphs and list items, and where its links lead."""
    words, item = "", False
    for token in _MARKDOWN.parse(text):
        if token.type == "list_item_open":
            words += "" if words.endswith("\n– ") else "\n– "
            item = True
        elif token.type in {"inline", "code_block", "fence"}:
            words += ("" if item else "\n\n") + "".join(_words_of(token)).rstrip("\n")
            item = False
    return words.strip("\n")


def _words_of(token):
    leads = ""
    for each in token.children or [token]:
        if each.type == "link_open":
            leads = each.attrGet("href")
        elif each.type == "link_close":
            yield f" ({leads})"
        else:
            yield {"softbreak": " ", "hardbreak": "\n"}.get(each.type, each.content)


@register.filter
def is_web_address(url):
    return url.lower().startswith(("https://", "http://"))


@register.inclusion_tag("_sort_link.html", takes_context=True)
def sort_link(context, name, label):
    """The head of a column that sorts by it: upwards, then downwards. The rest of the querystring stays."""
    current = context["request"].GET.get("sort") or "-noted"
    upwards, downwards = current == name, current == f"-{name}"
    return {
        "request": context["request"],
        "label": label,
        "sort": f"-{name}" if upwards else name,
        "upwards": upwards,
        "downwards": downwards,
    }
