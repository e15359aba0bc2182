/* A bulk act that was begun on this page goes on by itself, a portion at a time, and its buttons stay where they are, so
   that it can be stopped. What is over or refused, and a fault on the way, opens the page anew, which does not go on. */
let leaving = false;
addEventListener("submit", () => { leaving = true; });

async function goOn(form) {
  const answer = await fetch(location.href, {
    method: "POST",
    // Followed here, the message of a refusal would be shown to nobody.
    redirect: "manual",
    body: new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      expected: form.elements.expected.value,
    }),
  });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("[data-going]")) throw new Error("It goes on no further.");
  form.elements.expected.value = page.querySelector("[name=expected]").value;
  document.querySelector(".progress").replaceWith(page.querySelector(".progress"));
  return leaving || goOn(form);
}

const going = document.querySelector("[data-going] form");
if (going) goOn(going).catch(() => leaving || location.replace(location.href));
