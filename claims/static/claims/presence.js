// Says while the page is looked at that somebody has this claim open, and shows who else has. Nobody is locked out by it.
"use strict";

(() => {
  const EVERY = 30_000;
  // A page that is left says so, and its successor's first word must come after that.
  const FIRST = 1_500;
  const place = document.querySelector("[data-beside]");
  const said = document.querySelector("[data-beside-said]");
  let told = "";

  const words = (more) =>
    new URLSearchParams({
      doing: place.dataset.doing,
      csrfmiddlewaretoken: document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "",
      ...more,
    });

  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    // Looked up each time: the section of the draft is swapped where evidence changes in place.
    for (const too of document.querySelectorAll("[data-beside-too]")) {
      too.replaceChildren(...[...page.body.childNodes].map((each) => each.cloneNode(true)));
    }
    place.replaceChildren(...page.body.childNodes);
    // Who came and what they do is told to the ear, once; that minutes pass is not.
    const who = [...place.querySelectorAll("[data-who]")].map((each) => each.dataset.who).join(", ");
    if (who !== told) said.textContent = who && `${said.dataset.besideSaid} ${who}`;
    told = who;
  };

  const say = async () => {
    if (document.hidden) return;
    try {
      const headers = { "HX-Request": "true" };
      const answer = await fetch(place.dataset.beside, { method: "POST", body: words(), headers, redirect: "manual" });
      if (answer.ok) show(await answer.text());
    } catch {
      // Without the desk nobody is here; the next word comes in half a minute.
    }
  };

  const leave = () => navigator.sendBeacon(place.dataset.beside, words({ gone: "yes" }));

  // Whoever begins to write is told of at once, since that is what others need to know.
  document.addEventListener("input", ({ target }) => {
    const kept = target.form?.dataset.keep;
    const doing = kept?.startsWith("check.") ? "drafting" : kept && "writing";
    if (!doing || [doing, "drafting"].includes(place.dataset.doing)) return;
    leave();
    place.dataset.doing = doing;
    say();
  });
  document.addEventListener("visibilitychange", say);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", ({ persisted }) => persisted && say());
  setInterval(say, EVERY);
  setTimeout(say, FIRST);
})();
