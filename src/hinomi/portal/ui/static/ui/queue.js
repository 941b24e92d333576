// The queue: J and K move, Enter opens, A takes, X ticks, / searches, ? explains; news is asked for.
// Everything works without it, by links and forms.
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
  var picked = document.getElementById("picked");
  function count() {
    if (picked) picked.textContent = document.querySelectorAll("[data-queue] input:checked").length;
  }
  document.addEventListener("change", count);
  count();
  function pick(to) {
    if (!rows.length) return;
    if (at >= 0) rows[at].removeAttribute("data-picked");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].setAttribute("data-picked", "");
    rows[at].querySelector("a").focus();
  }
  function press(selector) {
    var found = at >= 0 && rows[at].querySelector(selector);
    if (found) found.click();
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("textarea,select,input:not([type=checkbox])")) return;
    var key = event.key.toLowerCase(), keys = document.getElementById("keys");
    if (key === "j") pick(at + 1);
    else if (key === "k") pick(at - 1);
    else if (key === "a") press("[data-take]");
    else if (key === "x") press("input[type=checkbox]");
    else if (key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
    else if (key === "?" && keys) { keys.open = !keys.open; if (keys.open) keys.scrollIntoView({ block: "nearest" }); }
  });
})();
