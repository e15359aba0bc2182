"""Comments in templates: their words with @names and links, and the passages they are about, marked in the draft."""

import re
from html import unescape

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from claims.text import letters_at, mentions, passages

register = template.Library()

_TAG = re.compile(r"(<[^>]*>)")
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]»”’]")


@register.filter
def comment_words(comment):
    """A comment's text: web addresses are links, and who was told by an @name is marked with their name. Expects the
    people mentioned to be fetched."""
    told = {person.username.casefold(): person for person in comment.mentioned.all()}
    pieces = [(each.start(), each.end(), _link(each.group())) for each in _ADDRESS.finditer(comment.text)]
    for start, _end, names in mentions(comment.text):
        name = next((name for name in names if name.casefold() in told), None)
        if name:
            person = told[name.casefold()]
            words = format_html('<span class="mention" title="{}">@{}</span>', person, name)
            pieces.append((start, start + 1 + len(name), words))
    return _pieced(comment.text, sorted(pieces, key=lambda piece: piece[:2]))


def _link(address):
    return format_html('<a href="{0}" rel="noopener nofollow">{0}</a>', address)


def _pieced(text, pieces):
    """`text` escaped, with (start, end, html) put in for what stands there; what overlaps an earlier piece is left."""
    out, done = [], 0
    for start, end, html in pieces:
        if start >= done:
            out += [text[done:start], html]
            done = end
    return format_html_join("", "{}", ((each,) for each in [*out, text[done:]]))


@register.simple_tag
def with_passages(value, discussed):
    """Text or HTML of the draft with the passages of these comments marked, overlapping ones included.

    Marks are laid inside the elements, so that no passage breaks them."""
    parts = _TAG.split(str(conditional_escape(value)))
    texts = [unescape(part) for part in parts[::2]]
    spans = [
        (start, end, comment.pk) for comment in discussed for start, end in letters_at("".join(texts), comment.passage)
    ]
    if not spans:
        return value
    pieces = passages("".join(texts), spans)
    out, position, begun = [], 0, set()
    for text, tag in zip(texts, [*parts[1::2], ""], strict=True):
        for piece in _within(pieces, position, position + len(text)):
            out.append(_marked(*piece, begun))
        out.append(SafeString(tag))
        position += len(text)
    return mark_safe("".join(out))  # noqa: S308 - each piece is escaped, each tag was in the safe value


def _within(pieces, start, end):
    """(text, keys of the marks) of the passages between two positions."""
    for piece in pieces:
        first, last = max(piece.start, start), min(piece.end, end)
        if first < last:
            yield piece.text[first - piece.start : last - piece.start], piece.marks


def _marked(text, keys, begun):
    if not keys:
        return format_html("{}", text)
    new = next((key for key in keys if key not in begun), None)
    begun.add(new)
    name = format_html(' id="passage-{}"', new) if new else ""
    return format_html('<mark{} data-comments="{}">{}</mark>', name, " ".join(map(str, keys)), text)
