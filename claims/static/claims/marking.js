// Brings the form to the words selected in a text, with the claims they may be an appearance of. Without this script
// the words are copied into the form by hand.
"use strict";
(() => {
  const text = document.querySelector("[data-text]");
  const marking = document.querySelector("[data-marking]");
  const bar = document.querySelector("[data-take]");
  if (!text || !marking || !bar) return;
  const reading = text.closest(".reading");
  const details = marking.querySelector("details");
  const form = marking.querySelector("form");
  const near = marking.querySelector("[data-near]");
  const chips = marking.querySelector("[data-chips]");
  const close = marking.querySelector("[data-close]");
  const { quote, said_by: saidBy, role } = form.elements;
  const place = form.querySelector("input[type=hidden][name=place]");
  const home = document.createComment("the form's own place");
  let chosen = null;
  let pressed = false;
  let asked = 0;
  marking.querySelector("[data-look]").remove();
  reading.append(bar);

  const selected = () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    return text.contains(range.commonAncestorContainer) && range.toString().trim() ? range.cloneRange() : null;
  };

  // White space that a double click takes along is no part of the words.
  const trimmed = (range) => {
    const words = range.toString();
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const lead = words.length - words.trimStart().length;
    // Places are counted in code points, strings of this language in UTF-16 units.
    return { words: words.trim(), start: Array.from(before.toString() + words.slice(0, lead)).length };
  };

  const below = (element, range) => {
    const [end, frame] = [[...range.getClientRects()].pop(), reading.getBoundingClientRect()];
    element.style.setProperty("--down", `${end.bottom - frame.top}px`);
    element.style.setProperty("--along", `${Math.max(0, Math.min(end.right - frame.left, frame.width - 180))}px`);
  };
  const glow = (range) => {
    if (!window.Highlight) return;
    if (range) CSS.highlights.set("chosen", new Highlight(range));
    else CSS.highlights.delete("chosen");
  };
  const offer = () => {
    const range = selected();
    if (range) {
      chosen = range;
      below(bar, range);
    }
    // Later, since a finger on the button ends the selection before it presses the button.
    if (range && !pressed && !home.isConnected) bar.hidden = false;
    else setTimeout(() => (bar.hidden = !selected() || pressed || home.isConnected), 250);
  };

  document.addEventListener("selectionchange", offer);
  document.addEventListener("pointerdown", (event) => (pressed = event.pointerType === "mouse" && text.contains(event.target)));
  document.addEventListener("pointerup", () => {
    pressed = false;
    offer();
  });

  const suggest = async () => {
    const mine = ++asked;
    const wanted = { quote: quote.value.slice(0, 400), start: place?.value ?? "", claim: form.elements.claim.value };
    const answer = await fetch(`${near.dataset.near}?${new URLSearchParams(wanted)}`).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    near.innerHTML = await answer.text();
    if (!form.querySelector("[name=claim]:checked")) form.querySelector("[name=claim]").checked = true;
    showSpeakers();
  };
  const showSpeakers = () => {
    chips.replaceChildren(near.querySelector("[data-speakers]").content.cloneNode(true));
    chips.hidden = !chips.childElementCount;
  };

  const open = () => {
    // Asked anew, since the browser tells of a selection a moment after it was made.
    chosen = selected() ?? chosen;
    if (!chosen) return;
    const { words, start } = trimmed(chosen);
    quote.value = words;
    if (place) place.value = start;
    if (!home.isConnected) marking.replaceWith(home);
    reading.append(marking);
    marking.classList.add("at-words");
    below(marking, chosen);
    details.open = true;
    close.hidden = false;
    bar.hidden = true;
    glow(chosen);
    form.querySelector("[name=claim]:checked").focus({ preventScroll: true });
    suggest().then(intoSight);
  };
  // As much of the form as fits, but never so far that the words themselves leave the page.
  const intoSight = () => {
    const fixed = getComputedStyle(marking).position === "fixed";
    const hidden = fixed ? Infinity : marking.getBoundingClientRect().bottom + 16 - innerHeight;
    const room = chosen.getBoundingClientRect().top - 60;
    if (hidden > 0 && room > 0) scrollBy(0, Math.min(hidden, room));
  };
  const shut = () => {
    if (!home.isConnected) return;
    home.replaceWith(marking);
    marking.classList.remove("at-words");
    details.open = false;
    close.hidden = true;
    glow(null);
    text.focus({ preventScroll: true });
    const { startContainer, startOffset, endContainer, endOffset } = chosen;
    document.getSelection().setBaseAndExtent(startContainer, startOffset, endContainer, endOffset);
  };

  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("click", open);
  text.addEventListener("words-chosen", open);
  close.addEventListener("click", shut);
  marking.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shut();
  });
  quote.addEventListener("change", suggest);
  quote.addEventListener("input", () => {
    if (place) place.value = "";
  });

  // Who said it, and in which role: as they stood in earlier appearances.
  const [names, roles] = ["names-here", "roles-here"].map((id) => document.getElementById(id));
  const [namesHere, rolesHere] = [names, roles].map((list) => [...list.options].map((each) => each.value));
  const fill = (list, values) =>
    list.replaceChildren(...[...new Set(values)].map((value) => Object.assign(document.createElement("option"), { value })));
  let waiting = 0;
  saidBy.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ name: saidBy.value })}`).catch(() => null);
      if (!answer?.ok) return;
      const known = await answer.json();
      fill(names, [...known.names, ...namesHere]);
      fill(roles, [...known.roles, ...rolesHere]);
    }, 200);
  });
  chips.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-name]");
    if (!chip) return;
    [saidBy.value, role.value] = [chip.dataset.name, chip.dataset.role];
    saidBy.dispatchEvent(new Event("input", { bubbles: true }));
  });
  showSpeakers();
})();
