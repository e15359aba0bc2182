// Keeps what is typed until it is saved, and offers sources while one is being named. Every form works without it.
"use strict";

const desk = {
  // The newest token of this browser: another window may have logged in since the page was opened.
  token: () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1],
};

// Keeping what is typed
(() => {
  const EVERY = 5000;
  const kept = new WeakMap();
  const state = (form) => kept.get(form) ?? kept.set(form, {}).get(form);

  const words = (form) => {
    const data = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    data.set("draft", form.dataset.keep);
    data.set("csrfmiddlewaretoken", desk.token() ?? data.get("csrfmiddlewaretoken"));
    return data;
  };

  const say = (form, text, wrong) => {
    const place = form.querySelector("[data-kept-said]");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("errors", wrong);
  };

  const later = (form) => {
    const now = state(form);
    now.changed = true;
    now.timer ??= setTimeout(() => keep(form), EVERY);
  };

  const keep = async (form) => {
    const now = state(form);
    clearTimeout(now.timer);
    now.timer = null;
    if (!now.changed) return;
    now.changed = false;
    const under = (now.under = new AbortController());
    const options = { method: "POST", body: words(form), headers: { "HX-Request": "true" }, redirect: "manual" };
    try {
      const answer = await fetch(form.dataset.keepTo, { ...options, signal: under.signal });
      const text = await answer.text();
      if (answer.ok || answer.status === 413) return say(form, text, !answer.ok);
      if (answer.status !== 401) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(text, "text/html");
      say(form, "", true);
      form.querySelector("[data-kept-said]")?.replaceChildren(...page.body.childNodes);
    } catch {
      if (under.signal.aborted) return;
      say(form, form.dataset.unreachable, true);
    } finally {
      if (now.under === under) now.under = null;
    }
    later(form);
  };

  // The page goes away, and with it what is under way: no answer is waited for. Browsers take some 64 KB in this manner
  // and no more; what is longer goes the usual way, which a page that is only hidden has time for.
  const keepLast = () => {
    for (const form of document.querySelectorAll("form[data-keep]")) {
      const now = state(form);
      if (!now.changed && !now.under) continue;
      if (navigator.sendBeacon(form.dataset.keepTo, words(form))) now.changed = false;
      else keep(form);
    }
  };

  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => {
      if (target.name && target.form?.dataset.keep) later(target.form);
    });
  }
  document.addEventListener("visibilitychange", () => document.hidden && keepLast());
  window.addEventListener("pagehide", keepLast);

  // Sent is as good as saved: nothing of it may be kept again afterwards.
  document.addEventListener("submit", ({ target }) => {
    const now = state(target);
    clearTimeout(now.timer);
    now.timer = null;
    now.changed = false;
    now.under?.abort();
  });

  desk.keepAgain = (form) => form.dataset.keep && later(form);
  // What was refused is typed and not saved.
  desk.keepRefused = () => document.querySelectorAll("form[data-keep]:has(> .errors)").forEach(later);
  desk.keepRefused();
  desk.keepAll = () => document.querySelectorAll("form[data-keep]").forEach(keep);
})();

// Naming a source: a text field with a list of what fits (the combobox pattern of the ARIA practices)
(() => {
  const WAIT = 200;
  let number = 0;

  const dress = (input) => {
    const list = document.createElement("ul");
    list.id = `sources-${++number}`;
    list.className = "found";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels[0]?.textContent ?? "");
    input.after(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    let timer, under, active;

    const close = () => {
      clearTimeout(timer);
      under?.abort();
      list.hidden = true;
      list.replaceChildren();
      active = null;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const options = () => [...list.querySelectorAll("[data-value]")];
    const go = (step) => {
      const all = options();
      if (!all.length) return;
      const at = all.indexOf(active);
      active?.setAttribute("aria-selected", "false");
      active = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length];
      active.setAttribute("aria-selected", "true");
      active.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", active.id);
    };
    const choose = (option) => {
      input.value = option.dataset.value;
      close();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const look = async () => {
      under?.abort();
      under = new AbortController();
      const text = input.value.trim();
      if (text.length < 2 && !/^\d$/.test(text)) return close();
      try {
        const query = new URLSearchParams({ text });
        const headers = { "HX-Request": "true" };
        const answer = await fetch(`${input.dataset.find}?${query}`, { headers, signal: under.signal });
        if (!answer.ok) return close();
        const page = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
        list.replaceChildren(...page.querySelectorAll("li"));
      } catch {
        return;
      }
      if (document.activeElement !== input) return;
      options().forEach((option, index) => (option.id = `${list.id}-${index}`));
      active = null;
      input.removeAttribute("aria-activedescendant");
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, WAIT);
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (list.hidden) look().then(() => go(step));
        else go(step);
      } else if (event.key === "Enter" && active) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    input.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[data-value]");
      if (option) choose(option);
    });
  };

  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("[data-find]:not([role])")) dress(target);
  });
})();
