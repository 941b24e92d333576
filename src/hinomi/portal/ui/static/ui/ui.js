// Small comforts on top of pages that work without it: copy, print, calm polling.
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
})();
