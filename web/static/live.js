// Keeps the part of a page marked data-live current (components/live.html): a stream says that something is new, htmx fetches
// it. Closed while the tab is hidden. Where no stream can be had (too many listen, an old browser, a page of several sessions)
// it asks from time to time. What somebody is about to fill in is left alone.
(function () {
  "use strict";

  const ASK = 15000; // milliseconds between two questions without a stream
  const AGAIN = 60000; // until a stream is tried once more
  const place = () => document.querySelector("[data-live]");
  const fetchAnew = () => {
    const part = place();
    const busy = part && part.querySelector("details.confirm[open], input:focus, select:focus, textarea:focus");
    if (part && !busy && !document.hidden) window.htmx.trigger(part, "news");
  };
  let source = null;
  let asking = null;

  // Whoever goes by keyboard stays where they are: on the button of the same words, the same one of several; what was
  // unfolded stays so.
  let focused = null;
  let unfolded = [];
  const twins = (part, html) => [...part.querySelectorAll("a, button, summary")].filter((one) => one.outerHTML === html);
  const note = (part) => {
    unfolded = [...part.querySelectorAll("details[open] > summary")].map((one) => one.outerHTML);
    const active = document.activeElement;
    focused = part.contains(active) ? { html: active.outerHTML, nth: twins(part, active.outerHTML).indexOf(active) } : null;
  };
  const restore = () => {
    for (const one of unfolded.splice(0).flatMap((html) => twins(place(), html))) one.parentElement.open = true;
    if (!focused || document.activeElement !== document.body) return;
    const found = twins(place(), focused.html);
    const again = found[focused.nth] || found[0];
    if (again) again.focus({ preventScroll: true });
    focused = null;
  };

  const close = () => {
    if (source) source.close();
    source = null;
    clearInterval(asking);
    asking = null;
  };
  const ask = () => { if (!asking) asking = setInterval(fetchAnew, ASK); };
  const open = () => {
    const part = place();
    if (!part || !part.dataset.live || document.hidden || source) return;
    if (!window.EventSource) { ask(); return; }
    source = new EventSource(`${part.dataset.live}?seen=${part.dataset.liveSeen}`);
    source.addEventListener("open", () => { clearInterval(asking); asking = null; });
    source.addEventListener("news", (event) => {
      if (Number(event.data) > Number(place().dataset.liveSeen)) fetchAnew();
    });
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        ask();
        setTimeout(open, AGAIN);
      }
    });
  };

  // Led elsewhere, to the log-in page after a long sleep: then the whole page has to go there.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== place()) return;
    if (new URL(event.detail.xhr.responseURL).pathname === location.pathname) return note(event.detail.target);
    event.preventDefault();
    location.reload();
  });
  document.addEventListener("htmx:afterSettle", restore);
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { open(); fetchAnew(); } });
  window.addEventListener("pagehide", close);
  open();
  const part = place();
  if (part && part.dataset.liveEvery) setInterval(fetchAnew, Number(part.dataset.liveEvery) * 1000);
})();
