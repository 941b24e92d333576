// いま: asks for its part anew and turns grey when no answer came for five minutes.
(function () {
  "use strict";
  var board = document.getElementById("board"), heard = Date.now();
  function ask() {
    if (Date.now() - heard > 300000) board.firstElementChild.setAttribute("data-old", "");
    if (document.hidden) return;
    fetch(board.dataset.poll, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } }).then(function (answer) {
      var to = answer.headers.get("HX-Redirect");
      if (to) return location.assign(to);
      if (!answer.ok) return;
      return answer.text().then(function (text) {
        var had = document.activeElement, at = had && board.contains(had) ? had.getAttribute("href") : null;
        heard = Date.now();
        if (text === board.innerHTML) return;
        board.innerHTML = text;
        var again = at && board.querySelector('[href="' + at.replace(/["\\]/g, "") + '"]');
        if (again) again.focus();
      });
    }).catch(function () {}); // no connection: the next round asks again
  }
  setInterval(ask, 15000);
})();
