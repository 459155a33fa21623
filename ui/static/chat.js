// The chat page: clicks, what is done whenever the page has changed, and the status line.
"use strict";
(() => {
  const { one, all } = Citewire.dom;
  const CLICKS = [
    ["a.cw-ask, a.cw-chip, a.cw-again", Citewire.wire.follow],
    ["button.cw-copy", Citewire.copying.answer],
    ["a.cw-link", Citewire.copying.link],
    ["button.cw-thumb", Citewire.opinions.rate],
    ["a.cw-cite, a.cw-open, a.cw-card", Citewire.citations.read],
    ["#cw-menu", Citewire.drawer.show],
    ["#cw-help", Citewire.help.show],
  ];

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;  // a new tab, as with any link
    if (event.target.closest("#cw-new")) Citewire.store.leave();
    for (const [selector, act] of CLICKS) {
      const found = event.target.closest(selector);
      if (!found) continue;
      event.preventDefault();
      Citewire.citations.hide();
      return act(found);
    }
  });

  let asked = 0, planned = false;
  function changed() {
    Citewire.spoken.name();
    Citewire.store.keep();
    Citewire.wire.place();
    Citewire.opinions.place();
    const questions = all(".cw-question");
    if (questions.length > asked) questions[questions.length - 1].scrollIntoView({ block: "start" });
    asked = questions.length;
    Citewire.spoken.announce();
  }
  // No animation frame: a tab in the background has none, and what arrives there is to be kept all the same.
  const later = () => { if (!planned) { planned = true; setTimeout(() => { planned = false; changed(); }, 16); } };

  // ---- the status line: the answer model may come while the page is open, or the index may be rebuilt
  let last = "", lost = false;
  async function refresh() {
    let wait = 30000;
    try {
      const state = await (await fetch("api/status")).json();
      const line = one("#cw-status .cw-status");
      if (line && line.textContent !== state.line) line.textContent = state.line;
      line?.classList.toggle("cw-broken", !state.ok);
      if (state.ok && state.articles && one(".cw-welcome .cw-command")) return location.reload();  // there is an index now
      if (lost && !Citewire.wire.box()?.value) return location.reload();  // another process: it knows this conversation from us
      if (last && last !== state.model) Citewire.spoken.say(state.line);
      last = state.model;
      lost = false;
      if (state.model === "none" || !state.articles) wait = 5000;
    } catch {
      const line = one("#cw-status .cw-status");
      if (line) { line.textContent = "Citewire does not answer. Is it still running?"; line.classList.add("cw-broken"); }
      lost = true;
      wait = 5000;
    }
    setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", refresh, { once: true }) : refresh()), wait);
  }

  function ready(tries = 200) {
    const there = one("#cw-send") && one("#cw-status .cw-status") && one("#cw-do-open") && one("#cw-scope textarea, #cw-scope input");
    if (there) setTimeout(() => { Citewire.wire.arrive(); Citewire.store.goOn(); }, 100);
    else if (tries) setTimeout(() => ready(tries - 1), 100);
  }
  function start() {
    document.body.append(Citewire.spoken.live);
    const watched = { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-label"] };
    new MutationObserver(later).observe(document.body, watched);
    changed();
    setTimeout(refresh, 5000);
    ready();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
