// Keys in the queue: J and K move, Enter opens, A takes. Everything works without them.
(function () {
  "use strict";
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
