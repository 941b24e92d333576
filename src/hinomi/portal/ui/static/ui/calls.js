// 最初の電話: asks each second which calls ring, so that a call is seen within two.
(function () {
  "use strict";
  var part = document.getElementById("ringing"), asking = false, last = "";
  function show(text) {
    if (text === last || text === part.innerHTML) return; // said again it would be read aloud again
    last = text;
    var had = document.activeElement, at = had && part.contains(had) ? had.getAttribute("formaction") : null;
    part.innerHTML = text;
    var again = at && part.querySelector('[formaction="' + at.replace(/["\\]/g, "") + '"]');
    if (again) again.focus();
  }
  function ask() {
    if (document.hidden || asking) return;
    asking = true;
    fetch(part.dataset.poll, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } }).then(function (answer) {
      var to = answer.headers.get("HX-Redirect");
      if (to) location.assign(to);
      else if (answer.ok) return answer.text().then(show);
    }).catch(function () {}) // no connection: the next round asks again
      .then(function () { asking = false; });
  }
  setInterval(ask, 1000);
  document.addEventListener("visibilitychange", ask);
})();
