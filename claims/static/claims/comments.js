// Comments: names are offered after an @, and selected words of the draft become the passage of a comment.
// The page works without any of it.
"use strict";

(() => {
  const TYPED = /(?:^|[^\p{L}\p{N}_@./+-])@([\p{L}\p{N}_.@+-]*)$/u;
  const list = document.createElement("ul");
  list.id = "names-offered";
  list.className = "names";
  list.setAttribute("role", "listbox");
  let field = null;
  let chosen = -1;
  let asked = 0;

  const typed = () => field && TYPED.exec(field.value.slice(0, field.selectionStart));

  function close() {
    list.remove();
    if (field) ["aria-controls", "aria-activedescendant"].forEach((name) => field.removeAttribute(name));
    chosen = -1;
  }

  function choose(index) {
    chosen = (index + list.children.length) % list.children.length;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", number === chosen));
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function take(name) {
    const start = field.selectionStart - typed()[1].length;
    field.setRangeText(`${name} `, start, field.selectionStart, "end");
    close();
    field.focus();
  }

  function show(people) {
    close();
    if (!people.length) return;
    list.replaceChildren(
      ...people.map((person, number) => {
        const item = document.createElement("li");
        item.id = `name-offered-${number}`;
        item.setAttribute("role", "option");
        item.dataset.name = person.username;
        item.textContent = person.name ? `@${person.username} · ${person.name}` : `@${person.username}`;
        return item;
      }),
    );
    list.setAttribute("aria-label", field.dataset.namesLabel);
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    choose(0);
  }

  async function offer() {
    const found = typed();
    if (!found) return close();
    const number = ++asked;
    const answer = await fetch(`${field.dataset.names}?q=${encodeURIComponent(found[1])}`).catch(() => null);
    if (answer?.ok && number === asked && typed()) show((await answer.json()).names);
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-names]")) return;
    field = event.target;
    offer();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || !list.isConnected) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen].dataset.name);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // Before the field loses the focus, so that the words go where they were typed.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(item.dataset.name);
  });
  document.addEventListener("focusout", (event) => event.target === field && close());
})();

(() => {
  const offer = document.querySelector("[data-comment-on]");
  const form = document.getElementById("comment-form");
  if (!offer || !form?.elements.passage) return;
  let selected = null;

  function words() {
    const active = document.activeElement;
    if (active?.matches?.(".check textarea[name=summary], .check textarea[name=explanation]")) {
      return { field: active.name, words: active.value.slice(active.selectionStart, active.selectionEnd).trim() };
    }
    const selection = getSelection();
    // Where it begins: a paragraph selected as a whole ends at the beginning of the next.
    const begins = selection.rangeCount && selection.getRangeAt(0).startContainer;
    const within = begins && (begins.closest ? begins : begins.parentElement)?.closest("[data-passage]");
    return within && { field: within.dataset.passage, words: selection.toString().trim() };
  }

  function look() {
    if (offer.contains(document.activeElement)) return;
    selected = words();
    offer.hidden = !selected?.words;
  }

  ["selectionchange", "select", "keyup", "mouseup"].forEach((name) => document.addEventListener(name, look));
  offer.querySelector("button").addEventListener("click", () => {
    form.elements.passage.value = selected.words;
    form.elements.passage_field.value = selected.field;
    form.closest("details").open = true;
    form.elements.text.focus();
    offer.hidden = true;
  });
  // Words typed by hand may stand in the other text.
  form.elements.passage.addEventListener("input", () => (form.elements.passage_field.value = ""));
})();

// What a person was told of this claim is read once it has been before their eyes.
(() => {
  const told = document.querySelector("form[data-read]");
  if (!told) return;
  const SECONDS = 4;
  let seen = 0;
  const watch = setInterval(async () => {
    if (document.visibilityState !== "visible" || ++seen < SECONDS) return;
    clearInterval(watch);
    const answer = await fetch(told.action, { method: "POST", body: new FormData(told), redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") told.querySelector("button").remove();
  }, 1000);
})();
