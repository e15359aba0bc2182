// What goes with htmx where a page changes in place: focus, what went wrong, and the draft beside the evidence.
"use strict";

(() => {
  const first = "input:not([type=hidden]), select, textarea";
  let ticks = new Map();

  const boxes = () => document.querySelectorAll("#check-section input[type=checkbox]");

  // What went wrong stands above the form that asked; the form and what was typed stay as they are.
  const trouble = (source, nodes) => {
    const form = source.closest("form");
    const place = form ?? source.closest(".acts") ?? source;
    const told = document.createElement("div");
    told.className = "errors";
    told.setAttribute("role", "alert");
    told.tabIndex = -1;
    told.dataset.trouble = "";
    told.append(...nodes);
    place.parentElement.querySelector(":scope > [data-trouble]")?.remove();
    place.before(told);
    told.focus();
    if (form) desk.keepAgain(form);
  };
  // A page that asks for itself now and then says nothing where it is not answered: it asks again. Where the desk shuts
  // the door, it is loaded anew, and says why.
  const asksByItself = (source) => source.matches("[hx-trigger^=every]");
  const sentence = (name) => {
    const said = document.createElement("p");
    said.textContent = document.querySelector("[data-words]").dataset[name];
    return [said];
  };

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const body = ctx.request.body;
    if (body.has("csrfmiddlewaretoken") && desk.token()) body.set("csrfmiddlewaretoken", desk.token());
  });
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx.response.raw;
    if (!answer.redirected) return;
    // Led elsewhere, such as to what the same form did already: no part of this page.
    event.preventDefault();
    const here = new URL(answer.url).pathname === location.pathname;
    location.assign(answer.url);
    if (here) location.reload();
  });
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (asksByItself(ctx.sourceElement)) {
      if (ctx.response.raw.status < 500) location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(ctx.text, "text/html");
    const told = page.querySelector("main") ? [] : [...page.body.children];
    trouble(ctx.sourceElement, told.length ? told : sentence("failed"));
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx?.sourceElement.isConnected && !ctx.response && !asksByItself(ctx.sourceElement)) trouble(ctx.sourceElement, sentence("unreachable"));
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement.closest("form");
    if (!form) return;
    // Later, as desk.js disables them later.
    setTimeout(() => {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach((button) => (button.disabled = false));
    });
  });

  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    ctx.sourceElement.closest(".slot, section")?.querySelectorAll("[data-trouble]").forEach((each) => each.remove());
    desk.keepAll();
    ticks = new Map([...boxes()].map((box) => [box.value, box.checked]));
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    // A draft being written keeps its ticks, and knows the evidence that its own writer has just changed.
    boxes().forEach((box) => (box.checked = ticks.get(box.value) ?? box.checked));
    const moved = document.querySelector("[data-check-from]");
    if (moved) {
      document.querySelectorAll("#check-section input[name=version]").forEach((field) => {
        if (field.value === moved.dataset.checkFrom) field.value = moved.dataset.checkTo;
      });
      moved.remove();
    }
    desk.keepRefused();
    const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
    if (target?.matches(".slot")) (target.querySelector(".errors") ?? target.querySelector(first))?.focus();
    else if (target?.id === "evidence-list") document.getElementById("evidence-said").focus();
    else if (target?.matches(".preview")) {
      target.hidden = false;
      target.focus();
    }
  });

  document.addEventListener("click", (event) => {
    const slot = event.target.closest("[data-close]")?.closest(".slot");
    if (!slot) return;
    event.preventDefault();
    desk.keepAll();
    slot.replaceChildren();
    document.querySelector(`[hx-target="#${slot.id}"]`)?.focus();
  });
})();
