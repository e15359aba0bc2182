// Ties each claim to its words: what the pointer or the focus is on lights up on the other side.
"use strict";
(() => {
  const reader = document.querySelector(".reader");
  const beside = reader?.querySelector(".beside");
  if (!beside) return;
  let lit = [];
  let focused = [];

  const claimsOf = (target) => {
    const found = target.closest?.("mark[data-claims], .ref, .claims-here > li");
    if (!found) return [];
    return (found.dataset.claims ?? found.dataset.number ?? found.id.replace("claim-", "")).split(" ");
  };
  const light = (claims) => {
    lit.forEach((each) => each.classList.remove("lit"));
    lit = claims.flatMap((number) => [
      ...reader.querySelectorAll(`mark[data-claims~="${number}"]`),
      ...reader.querySelectorAll(`#claim-${number}`),
    ]);
    lit.forEach((each) => each.classList.add("lit"));
  };
  // Where the claims have a scroll bar of their own, the lit one comes into sight and the page stays where it is.
  const reveal = () => {
    const entry = lit.find((each) => beside.contains(each));
    if (!entry || getComputedStyle(beside).position !== "sticky") return;
    const [inside, around] = [entry.getBoundingClientRect(), beside.getBoundingClientRect()];
    const below = inside.bottom - Math.min(around.bottom, innerHeight);
    if (inside.top < around.top) beside.scrollTop -= around.top - inside.top + 8;
    else if (below > 0) beside.scrollTop += below + 8;
  };

  reader.addEventListener("mouseover", (event) => {
    const claims = claimsOf(event.target);
    light(claims.length ? claims : focused);
    if (claims.length && !beside.contains(event.target)) reveal();
  });
  reader.addEventListener("mouseleave", () => light(focused));
  reader.addEventListener("focusin", (event) => {
    focused = claimsOf(event.target);
    light(focused);
    if (!beside.contains(event.target)) reveal();
  });
  reader.addEventListener("focusout", () => light((focused = [])));
})();
