// Conversations in this browser: data in localStorage, a key for each. What is shown again is rendered anew by the server.
"use strict";

Citewire.store = (() => {
  const { one, all } = Citewire.dom;
  const MOST_TURNS = 200, MOST_CHARS = 300000;
  const seen = new Map(), gone = new Set();
  let current = "";

  const prefix = () => `citewire/${one(".cw-user")?.textContent || "everybody"}/`;
  const tab = () => `${prefix()}open`;
  const parse = (text) => { try { return JSON.parse(text); } catch { return null; } };
  const whole = (kept) => (kept && typeof kept.id === "string" && Array.isArray(kept.turns) ? kept : null);
  const read = (id) => whole(parse(localStorage.getItem(prefix() + id)));

  function write(kept) {
    try {
      localStorage.setItem(prefix() + kept.id, JSON.stringify(kept));
      return true;
    } catch {
      Citewire.spoken.say("This browser has no room left for conversations: export some and delete them.");
      return false;
    }
  }

  const list = () => Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix()))
    .map((key) => whole(parse(localStorage.getItem(key))))
    .filter(Boolean)
    .sort((a, b) => (b.changed || 0) - (a.changed || 0));

  const title = (kept) => String(kept.title || kept.turns[0]?.question || "A conversation").slice(0, 120);

  function rename(id, name) {
    const kept = read(id);
    if (kept) write({ ...kept, title: name.trim().slice(0, 120) });
  }
  function remove(id) {
    gone.add(id);
    localStorage.removeItem(prefix() + id);
    if (id === current) leave();
  }
  function leave() {
    current = "";
    sessionStorage.removeItem(tab());
  }

  // Each answer on the page carries its record. Turns are joined by id, so a second tab with the same conversation loses none.
  function keep() {
    for (const node of all(".cw-record")) {
      const text = node.textContent, row = seen.get(text) ? null : parse(text);
      if (!row?.turn?.id || !row.conversation) continue;
      seen.set(text, true);
      if (seen.size > 500) seen.delete(seen.keys().next().value);
      if (gone.has(row.conversation)) continue;
      const kept = read(row.conversation) || { id: row.conversation, turns: [], created: Date.now() };
      const at = kept.turns.findIndex((turn) => turn.id === row.turn.id);
      if (at >= 0 && JSON.stringify(kept.turns[at]) === JSON.stringify(row.turn)) continue;
      kept.turns.splice(at < 0 ? kept.turns.length : at, at < 0 ? 0 : 1, row.turn);
      write({ ...kept, changed: Date.now() });
    }
    const shown = parse(all(".cw-record").pop()?.textContent || "")?.conversation || "";
    if (shown && shown !== current && !gone.has(shown)) {
      current = shown;
      sessionStorage.setItem(tab(), current);
    }
  }

  // The newest questions that one call can carry; the older ones stay in the browser and in an export.
  function newest(turns) {
    let from = Math.max(0, turns.length - MOST_TURNS);
    while (from < turns.length - 1 && JSON.stringify(turns.slice(from)).length > MOST_CHARS) from += Math.ceil((turns.length - from) / 4);
    return turns.slice(from);
  }
  function open(id, into = "any") {
    const kept = read(id);
    if (!kept) return false;
    seen.clear();
    Citewire.wire.tell("open", { id: kept.id, turns: newest(kept.turns), into });
    return true;
  }
  // After a reload the tab goes on with what it showed, unless somebody has already asked something else.
  function goOn() {
    if (!all(".cw-record").length) open(sessionStorage.getItem(tab()) || "", "empty");
  }

  const recordOf = (node) => parse(one(".cw-record", node.closest(".cw-answer"))?.textContent || "");
  const turnOf = (node) => recordOf(node)?.turn;
  const stateOf = (node) => turnOf(node)?.state || "waiting";  // the first state is the default, which records leave away

  return { list, title, read, rename, remove, leave, keep, open, goOn, turnOf, stateOf, current: () => current };
})();
