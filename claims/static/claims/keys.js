// Shortcuts. What a key does stands in the page: an element with data-key is followed where it is a link, opened where
// it is folded, and otherwise focused, so that no key by itself decides anything. The same elements are the list that
// opens with "?", together with its own rows (data-on, data-do).
(() => {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const WAIT = 1500;
  const FIELDS = "input, textarea, select, [contenteditable]";
  const rows = [...dialog.querySelectorAll("[data-on]")];
  const single = dialog.querySelector("[data-single]");
  let before = "";
  let timer;

  const shown = (element) => element.getClientRects().length > 0;
  const marked = () => [...document.querySelectorAll("[data-key]")].filter((each) => shown(each) && !dialog.contains(each));

  // Whoever speaks to the machine, or presses keys by accident, switches single keys off; this browser remembers it.
  const isOn = () => {
    try {
      return localStorage.getItem("single-keys") !== "off";
    } catch {
      return true;
    }
  };
  const keep = (on) => {
    try {
      localStorage.setItem("single-keys", on ? "on" : "off");
    } catch {
      // Without storage the choice holds for this page.
    }
    document.documentElement.classList.toggle("with-keys", on);
    marked().forEach((each) => {
      if (on && each.dataset.key.length === 1) each.setAttribute("aria-keyshortcuts", each.dataset.key);
      else each.removeAttribute("aria-keyshortcuts");
    });
  };

  const label = (element) => {
    const copy = (element.labels?.[0] || element).cloneNode(true);
    copy.querySelectorAll("kbd").forEach((each) => each.remove());
    return copy.textContent.replace(/\s+/g, " ").replace(/…\s*$/, "").trim();
  };

  const list = () => {
    const template = dialog.querySelector("template").content;
    dialog.querySelectorAll("[data-made]").forEach((row) => row.remove());
    marked().forEach((element) => {
      const keys = element.dataset.key.split(" ");
      const row = template.cloneNode(true);
      keys.forEach((key) => {
        const shape = document.createElement("kbd");
        shape.textContent = key;
        row.querySelector("th").append(shape, " ");
      });
      row.querySelector("td").textContent = label(element);
      dialog.querySelector(`[data-here=${keys.length > 1 ? "g" : "page"}]`).append(row);
    });
  };

  const focus = (element) => {
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  };

  const go = (element) => {
    const folded = element.closest("summary");
    if (element.matches("a[href]")) {
      element.click();
    } else if (folded) {
      folded.parentElement.open = true;
      focus([...folded.parentElement.querySelectorAll("input, textarea, select, button, a[href]")].find(shown) || folded);
    } else {
      focus(element);
    }
  };

  const step = (by) => {
    const lines = [...document.querySelectorAll("main .rows > li, main .list tbody tr, main .claims-here > li")].filter(
      (line) => shown(line) && line.querySelector("a[href]"),
    );
    const now = lines.findIndex((line) => line.contains(document.activeElement));
    const next = lines[now < 0 ? (by > 0 ? 0 : lines.length - 1) : now + by];
    if (next) focus(next.querySelector("a[href]"));
  };

  const acts = {
    next: () => step(1),
    previous: () => step(-1),
    search: (row) => {
      const field = document.querySelector("main search input:not([type=hidden])");
      if (field) focus(field);
      else location.assign(row.dataset.href);
    },
    help: () => {
      list();
      single.checked = isOn();
      dialog.showModal();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key.length > 1 || event.key === " " || !isOn() || document.querySelector("dialog[open]")) return;
    if (event.target.closest(FIELDS)) return;
    const typed = before ? `${before} ${event.key}` : event.key;
    clearTimeout(timer);
    before = "";
    const row = rows.find((each) => each.dataset.on === typed);
    const element = marked().find((each) => each.dataset.key === typed);
    if (row || element) {
      event.preventDefault();
      if (row) acts[row.dataset.do](row);
      else go(element);
    } else if (marked().some((each) => each.dataset.key.startsWith(`${typed} `))) {
      before = typed;
      timer = setTimeout(() => (before = ""), WAIT);
    }
  });

  single.addEventListener("change", () => keep(single.checked));
  document.querySelectorAll("[data-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", acts.help);
  });
  keep(isOn());
})();
