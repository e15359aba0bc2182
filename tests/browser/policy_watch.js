// Says aloud what the content security policy refused, so that the fixture hears it.
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`The policy refused ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
);
