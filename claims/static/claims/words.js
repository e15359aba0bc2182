// Selecting words with the keyboard: arrows go from word to word, Shift takes more, Enter opens the form at them.
"use strict";
(() => {
  const text = document.querySelector("[data-text]");
  if (!text) return;
  const selection = document.getSelection();
  text.tabIndex = 0;
  text.setAttribute("aria-describedby", "word-keys");
  document.getElementById("word-keys").hidden = false;

  // Words, and the marks between them, so that a selection can end with either.
  const UNIT = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}]|['’.,:–-](?=[\p{L}\p{N}]))*|[^\s\p{L}\p{N}]+/gu;
  let nodes = null;
  let units = [];
  let from = -1;
  let to = -1;

  // Made at the first key, since a long text has two hundred thousand words.
  const read = () => {
    if (nodes) return;
    nodes = [];
    let flat = "";
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      nodes.push({ node, start: flat.length });
      flat += node.data;
    }
    units = Array.from(flat.matchAll(UNIT), (found) => ({
      start: found.index,
      end: found.index + found[0].length,
      word: /^[\p{L}\p{N}]/u.test(found[0]),
    }));
  };
  // How many at the front of a sorted list fit, found by halving.
  const fitting = (list, fits) => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fits(list[middle], middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const last = (list, fits) => Math.max(0, fitting(list, fits) - 1);
  const spot = (offset, ending) => {
    const { node, start } = nodes[last(nodes, (each) => (ending ? each.start < offset : each.start <= offset))];
    return [node, offset - start];
  };
  const rangeOf = (first, final) => {
    const range = document.createRange();
    range.setStart(...spot(units[first].start, false));
    range.setEnd(...spot(units[final].end, true));
    return range;
  };
  const boxOf = (unit) => rangeOf(unit, unit).getBoundingClientRect();
  const offsetOf = (node, offset) => {
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(node, offset);
    return before.toString().length;
  };

  // Where a mouse has selected meanwhile, the keys go on from there.
  const begin = () => {
    read();
    if (!units.length) return false;
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    if (range && text.contains(range.startContainer) && text.contains(range.endContainer)) {
      const [start, end] = [offsetOf(range.startContainer, range.startOffset), offsetOf(range.endContainer, range.endOffset)];
      const known = from >= 0 && units[Math.min(from, to)].start === start && units[Math.max(from, to)].end === end;
      if (known) return true;
      from = last(units, (each) => each.start <= start);
      to = Math.max(from, last(units, (each) => each.start < end));
      return !selection.isCollapsed;
    }
    // Else at the first word in sight.
    from = to = Math.min(units.length - 1, fitting(units, (_unit, number) => boxOf(number).bottom < 0));
    return false;
  };
  const show = () => {
    const range = rangeOf(Math.min(from, to), Math.max(from, to));
    selection.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
    const box = boxOf(to);
    if (box.top < 80) scrollBy(0, box.top - 80);
    else if (box.bottom > innerHeight - 120) scrollBy(0, box.bottom - innerHeight + 120);
  };

  const beside = (step, onlyWords) => {
    let next = to + step;
    while (onlyWords && units[next] && !units[next].word) next += step;
    return units[next] ? next : to;
  };
  const nextLine = (step) => {
    const here = boxOf(to);
    const middle = here.left + here.width / 2;
    let [best, line] = [to, null];
    for (let next = to + step; units[next]; next += step) {
      const box = boxOf(next);
      if (line === null && Math.abs(box.top - here.top) < here.height / 2) continue;
      line ??= box.top;
      if (Math.abs(box.top - line) > box.height / 2) break;
      const far = (each) => Math.abs(each.left + each.width / 2 - middle);
      if (best === to || far(box) < far(boxOf(best))) best = next;
    }
    return best;
  };
  const edge = (step) => {
    const paragraph = (unit) => spot(units[unit].start, false)[0].parentElement.closest("p");
    const here = paragraph(to);
    let next = to;
    while (units[next + step] && paragraph(next + step) === here) next += step;
    return next;
  };
  const forwards = () => (getComputedStyle(spot(units[to].start, false)[0].parentElement).direction === "rtl" ? -1 : 1);
  const MOVES = {
    ArrowRight: (more) => beside(forwards(), !more),
    ArrowLeft: (more) => beside(-forwards(), !more),
    ArrowDown: () => nextLine(1),
    ArrowUp: () => nextLine(-1),
    End: () => edge(1),
    Home: () => edge(-1),
  };

  text.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== text) return;
    if (event.key === "Enter" && !selection.isCollapsed) {
      event.preventDefault();
      text.dispatchEvent(new Event("words-chosen"));
    } else if (event.key === "Escape") {
      selection.removeAllRanges();
    } else if (event.key in MOVES) {
      event.preventDefault();
      // The first key only shows where the keys begin.
      if (begin()) to = MOVES[event.key](event.shiftKey);
      if (!event.shiftKey) from = to;
      show();
    }
  });
})();
