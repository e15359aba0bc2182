"""Two wordings side by side: what was removed is struck through in the old one, what was added underlined in the new.

Whoever hears a page is told where each begins and ends, since most screen readers pass over <del> and <ins>."""

import re

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.translation import gettext as _

from claims.wording import ADDED, EQUAL, LEFT_OUT, REMOVED, differences, shortened

register = template.Library()

# The white space around changed words is not part of what is marked.
_BARE = re.compile(r"(\s*)(.*?)(\s*)", re.S)


def _marked(run, tag, begins, ends):
    if run.kind == LEFT_OUT:
        return format_html('<span class="none" title="{}">[…]</span> ', _("What stayed the same is left out here."))
    before, words, after = _BARE.fullmatch(run.words).groups()
    if run.kind == EQUAL or not words:
        return conditional_escape(run.words)
    return format_html(
        '{}<{}><span class="unseen">[{} </span>{}<span class="unseen"> {}]</span></{}>{}',
        before, tag, begins, words, ends, tag, after,
    )  # fmt: skip


@register.filter
def old_words(runs):
    """The old wording of differences(), with what was removed marked."""
    marks = "del", _("removed:"), _("end of removed")
    return format_html_join("", "{}", ((_marked(run, *marks),) for run in runs if run.kind != ADDED))


@register.filter
def new_words(runs):
    """The new wording of differences(), with what was added marked."""
    marks = "ins", _("added:"), _("end of added")
    return format_html_join("", "{}", ((_marked(run, *marks),) for run in runs if run.kind != REMOVED))


@register.filter
def changed_from(new, old):
    """`new` with what was added and what was removed marked in it; plain where `old` is None."""
    if old is None:
        return new
    kinds = {REMOVED: ("del", _("removed:"), _("end of removed")), ADDED: ("ins", _("added:"), _("end of added"))}
    runs = differences(old, new)
    return format_html_join("", "{}", ((_marked(run, *kinds.get(run.kind, kinds[ADDED])),) for run in runs))


@register.inclusion_tag("_side_by_side.html")
def side_by_side(old, new, old_label, new_label, language="", short=False):
    """Both wordings under their labels, beside each other where there is room; `short` leaves out what stayed the same
    far from what changed."""
    runs = differences(old, new)
    runs = list(shortened(runs)) if short else runs
    return {
        "sides": [(old_label, old, old_words(runs)), (new_label, new, new_words(runs))],
        "language": language,
    }
