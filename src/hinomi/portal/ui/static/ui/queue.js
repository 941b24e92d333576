// The queue: J and K move, Enter opens, A takes; news is asked for. Everything works without them.
(function () {
  "use strict";
  var news = document.getElementById("news");
  // The one thing htmx would do here; without it the page is a third of the weight.
  function ask() {
    if (document.hidden) return;
    fetch(news.dataset.poll, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } }).then(function (answer) {
      var to = answer.headers.get("HX-Redirect");
      if (to) location.assign(to);
      else if (answer.ok) return answer.text().then(function (text) { if (text !== news.innerHTML) news.innerHTML = text; });
    }).catch(function () {}); // no connection: the next round asks again
  }
  if (news) setInterval(ask, 10000);

  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-queue] tbody tr")), at = -1;
  if (!rows.length) return;
  function pick(to) {
    if (at >= 0) rows[at].removeAttribute("data-picked");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].setAttribute("data-picked", "");
    rows[at].querySelector("a").focus();
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,textarea,select")) return;
    var key = event.key.toLowerCase();
    if (key === "j") pick(at + 1);
    if (key === "k") pick(at - 1);
    if (key === "a" && at >= 0) { var take = rows[at].querySelector("[data-take]"); if (take) take.click(); }
  });
})();
