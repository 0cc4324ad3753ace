// Keeps a page as new as its environment: each event of its journal lets it fetch itself again.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  const say = (text) => { const state = document.getElementById("state"); if (state) state.textContent = text; };
  let waiting = 0, fetching = false, again = false, pause = 250;

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
      live.replaceChildren(...fresh.childNodes);
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
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(refresh, pause); };

  const events = new EventSource(`${live.dataset.events}?after=${live.dataset.last}`);
  for (const name of ["entry", "gap", "reset"]) events.addEventListener(name, soon);
  events.addEventListener("deleted", () => { events.close(); say("removed"); });
  events.addEventListener("open", () => say("live"));
  events.addEventListener("error", () => say("not connected"));
})();
