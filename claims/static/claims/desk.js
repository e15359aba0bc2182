// Small conveniences. Every page works without them.
"use strict";

// A second click on a button is no second act; the server knows that too, but the person should see it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Later, so that the pressed button's own name and value are still sent.
  setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
});

// Coming back by the browser's own button shows the form as it was left: usable.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => (button.disabled = false));
  });
});

// The colours change at once; the form keeps them for the next page.
document.querySelector("[data-themes]")?.addEventListener("submit", (event) => {
  const form = event.target;
  const wanted = event.submitter;
  if (!wanted || form.dataset.plain) return;
  event.preventDefault();
  fetch(form.action, { method: "POST", body: new FormData(form, wanted), redirect: "manual" }).then(
    () => {
      document.documentElement.dataset.theme = wanted.value;
      document.querySelector("meta[name=color-scheme]").content = wanted.value === "system" ? "light dark" : wanted.value;
      form.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", each === wanted));
    },
    () => {
      form.dataset.plain = "yes";
      form.requestSubmit(wanted);
    },
  );
});

// A filter's address names only what was filled in.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  const empty = [...event.target.elements].filter((field) => field.name && !field.value);
  empty.forEach((field) => (field.disabled = true));
  setTimeout(() => empty.forEach((field) => (field.disabled = false)));
});

// One of several wordings goes into the field that it belongs to, where it can still be changed.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-put]");
  if (!button) return;
  const field = document.getElementById(button.dataset.put);
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// What went wrong is the first thing to read.
document.querySelector(".errors")?.focus();
