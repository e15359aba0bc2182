// Passkeys: asks the browser for one, puts its answer into the form, and sends the form.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).request_options.publicKey;
}

function create(form, options) {
  const alone = form.elements.passwordless?.checked;
  return navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
      authenticatorSelection: {
        ...options.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: Boolean(alone),
        ...(alone && { userVerification: "required" }),
      },
    },
  });
}

function get(options) {
  return navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
}

// What the server reads: every buffer of the answer as base64url.
function written(credential) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const filled = names.filter((name) => credential.response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(filled.map((name) => [name, toText(credential.response[name])])),
      ...(credential.response.getTransports && { transports: credential.response.getTransports() }),
    },
  });
}

async function answer(event) {
  event.preventDefault();
  const form = event.target;
  const refused = form.querySelector("[data-refused]");
  refused.hidden = true;
  try {
    const options = await optionsOf(form);
    const credential = form.dataset.passkey === "create" ? await create(form, options) : await get(options);
    form.elements.credential.value = written(credential);
    form.submit();
  } catch {
    refused.hidden = false;
  }
}

// A passkey belongs to a name, so an address of numbers has none.
const named = !/^[\d.]+$|:/.test(location.hostname);
if (named && window.PublicKeyCredential) {
  document.querySelectorAll("[data-no-passkeys]").forEach((note) => (note.hidden = true));
  document.querySelectorAll("[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", answer);
  });
}
