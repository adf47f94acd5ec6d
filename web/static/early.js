// Runs before the first paint: what must not flicker. Everything else is in site.js.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  if (/(?:^|; )text=larger(?:;|$)/.test(document.cookie)) root.classList.add("larger");
})();
