// Keeps a page as new as its environment: each event of its journal lets it fetch itself again.
// A page that nobody sees lets go of its stream: a browser has six connections to a host, and the seventh page would wait.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  const say = (text) => { const state = document.getElementById("state"); if (state && state.textContent !== text) state.textContent = text; };
  let events = null, removed = false, waiting = 0, fetching = false, again = false, pause = 250;

  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    const began = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (!answer.ok || !fresh) { say("gone"); return; }
      const open = [...live.querySelectorAll("details[open]")].map((one) => one.id);
      const focused = document.activeElement && document.activeElement.closest("details");
      const [x, y] = [scrollX, scrollY];
      const state = document.getElementById("state"); // stays: a new one would be read out each time
      live.dataset.last = fresh.dataset.last;
      live.replaceChildren(...fresh.childNodes);
      document.getElementById("state").replaceWith(state);
      for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
      if (focused) { const one = document.getElementById(focused.id); if (one) one.querySelector("summary").focus({ preventScroll: true }); }
      scrollTo(x, y);
      say("live");
    } catch { say("not connected"); } finally {
      fetching = false;
      pause = Math.max(250, 4 * (performance.now() - began)); // whoever looks on does not keep the server busy
      if (again) { again = false; soon(); }
    }
  }
  // Not put off by what comes meanwhile: where something always comes, the page would never be new.
  const soon = () => { if (!waiting) waiting = setTimeout(() => { waiting = 0; refresh(); }, pause); };

  function connect() {
    if (events || removed || document.hidden) return;
    events = new EventSource(`${live.dataset.events}?after=${live.dataset.last}`);
    for (const name of ["entry", "gap", "reset"]) events.addEventListener(name, soon);
    events.addEventListener("deleted", () => { removed = true; disconnect(); say("removed"); });
    events.addEventListener("open", () => say("live"));
    events.addEventListener("error", () => say("not connected"));
  }
  function disconnect() { if (events) events.close(); events = null; }

  // Seen again, it looks first: after a reset meanwhile, the last seq that it knew would mean nothing.
  document.addEventListener("visibilitychange", () => { if (document.hidden) disconnect(); else if (!removed) refresh().then(connect); });
  connect();
})();
