"""What of a page a person reads, for telling whether it changed."""

import re

# A comment, an element that begins, or any other markup. What follows a "<" otherwise is text.
MARKUP = re.compile(rb"<(?:(!--)|([a-z][a-z0-9]*)|[/!?])")
# Their content is no text of the page, or changes with every visit.
UNREAD = {b"script", b"style", b"noscript", b"template", b"svg", b"nav", b"footer", b"aside", b"iframe"}


def words_of_page(content):
    """The words of an HTML page, in lower-case bytes parted by single spaces: without markup, scripts, menus and the
    matter around it. It goes through the page once, whatever somebody wrote to make it slow."""
    low, words, here = content.lower(), [], 0
    while found := MARKUP.search(low, here):
        words.append(low[here : found.start()])
        comment, name = found.groups()
        if comment:
            here = _after(low, b"-->", found.end())
        elif name in UNREAD:
            here = _after(low, b">", _after(low, b"</" + name, found.end()))
        else:
            here = _after(low, b">", found.end())
            words.append(b" ")
    words.append(low[here:])
    return b" ".join(b"".join(words).split())


def _after(low, what, start):
    found = low.find(what, start)
    return len(low) if found < 0 else found + len(what)
