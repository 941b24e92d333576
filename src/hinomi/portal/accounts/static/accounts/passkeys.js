// Passkeys: asks the device and puts its answer into the form, which is then sent like any other.
// Where this does not run, people sign in by mail and nothing is lost.
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (char) { return char.charCodeAt(0); });
  }

  function text(buffer) {
    if (!buffer) return null;
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function ask(options) {
    options.challenge = bytes(options.challenge);
    if (!options.user) return navigator.credentials.get({ publicKey: options });
    options.user.id = bytes(options.user.id);
    options.excludeCredentials.forEach(function (known) { known.id = bytes(known.id); });
    return navigator.credentials.create({ publicKey: options });
  }

  function written(made) {
    var told = { clientDataJSON: text(made.response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (part) {
      if (made.response[part]) told[part] = text(made.response[part]);
    });
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, response: told, clientExtensionResults: {}
    });
  }

  document.querySelectorAll("[data-without-passkey]").forEach(function (note) { note.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var button = form.querySelector("button"), said = form.querySelector("[role=status]");
    form.hidden = button.hidden = false;

    function tell(fault) {
      button.disabled = false;
      said.textContent = form.dataset[fault.name === "InvalidStateError" ? "known" : fault.often ? "often" : "failed"];
    }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      button.disabled = true;
      said.textContent = "";
      fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) }).then(function (answer) {
        if (answer.redirected) return location.assign(answer.url);
        if (answer.status === 422) return form.submit(); // the page says what is wrong
        if (!answer.ok) throw { often: answer.status === 429 };
        return answer.json().then(ask).then(function (made) {
          form.elements.answer.value = written(made);
          form.submit();
        });
      }).catch(tell);
    });
    // Back by the browser's button: the old page must be usable again.
    addEventListener("pageshow", function () { button.disabled = false; form.elements.answer.value = ""; });
  });
})();
