// Small comforts on top of pages that work without it: copy, print, keys in the queue, calm polling.
(function () {
  "use strict";
  document.querySelectorAll("[data-copy],[data-print]").forEach(function (b) { b.hidden = false; });
  document.addEventListener("click", function (event) {
    var b = event.target.closest("button");
    if (!b) return;
    if (b.hasAttribute("data-print")) window.print();
    if (!b.hasAttribute("data-copy")) return;
    var box = document.getElementById(b.dataset.copy), said = document.getElementById("said");
    navigator.clipboard.writeText(box.textContent).then(function () { said.textContent = b.dataset.done; b.textContent = b.dataset.done; });
  });
  // A hidden tab asks nothing; it asks again when somebody looks.
  document.addEventListener("htmx:beforeRequest", function (event) { if (document.hidden) event.preventDefault(); });
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
