// The composer: what is typed is shown as the phone would show it, a moment after the last key.
(function () {
  "use strict";
  var form = document.querySelector("form[data-preview]"), asked = 0, waiting;
  function show() {
    var mine = ++asked;
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true", "HX-Current-URL": location.href } }).then(function (answer) {
      var to = answer.headers.get("HX-Redirect");
      if (to) return location.assign(to);
      if (!answer.ok) return;
      return answer.text().then(function (text) {
        if (mine === asked) document.getElementById(form.dataset.preview).innerHTML = text;
      });
    }).catch(function () {}); // no connection: the button does the same
  }
  form.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(show, 600); });
})();
