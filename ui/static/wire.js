// Asking the server: a question in the box, or what the page wants beside that, through Gradio's hidden box and buttons.
"use strict";
window.Citewire = window.Citewire || {};

Citewire.dom = {
  one: (selector, root = document) => root.querySelector(selector),
  all: (selector, root = document) => [...root.querySelectorAll(selector)],
  make(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) if (name in node) node[name] = value; else node.setAttribute(name, value);
    node.append(...children);
    return node;
  },
};

Citewire.wire = (() => {
  const { one, make } = Citewire.dom;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const field = (id) => one(`#${id} textarea, #${id} input`);
  const box = () => field("cw-box");
  const busy = () => Boolean(one("#cw-stop")?.offsetParent);
  const LISTS = { sources: "source", articles: "article" }, MOST = 50;
  let scope = {}, line = Promise.resolve();

  function put(node, value) {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(node), "value").set.call(node, value);
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // One after the other: the hidden box holds one message at a time.
  function tell(button, data) {
    line = line.then(async () => {
      put(field("cw-told"), JSON.stringify(data));
      await pause(60);  // Svelte takes the value over in its next tick
      one(`#cw-do-${button}`).click();
      await pause(60);
    });
    return line;
  }

  // "?q=…&since=…&until=…&source=…&source=…&article=…&article=…&exact=1", the same in a link to share, a suggestion and a chip
  function read(href) {
    const given = new URL(href, location.href).searchParams;
    const order = {};
    for (const name of ["q", "since", "until"]) if (given.get(name)) order[name] = given.get(name);
    for (const [name, each] of Object.entries(LISTS)) if (given.has(each)) order[name] = [...new Set(given.getAll(each))].slice(0, MOST);
    if (given.get("exact")) order.exact = true;
    return order;
  }

  function ask(order) {
    if (busy()) { Citewire.spoken.say("Wait for this answer, or stop it first."); return false; }
    tell("ask", order);
    return true;
  }

  function follow(link) {
    const order = read(link.href);
    const again = link.closest(".cw-answer") && link.matches(".cw-chip, .cw-again");
    if (!again) return ask({ ...scope, ...order });
    if (ask({ ...order, again: Citewire.store.turnOf(link)?.id }) && link.matches(".cw-chip")) {
      for (const name of ["since", "until", ...Object.keys(LISTS)]) if (!(name in order)) delete scope[name];
      showScope();
    }
  }

  // ---- what every question is narrowed to, kept in the page's address: a reload and a copied address keep it
  const day = (iso) => {
    const date = new Date(`${iso}T00:00:00Z`);
    return isNaN(date) ? iso : date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  };
  function showScope() {
    const words = [];
    if (scope.since) words.push(["since", `since ${day(scope.since)}`]);
    if (scope.until) words.push(["until", `until ${day(scope.until)}`]);
    if (scope.sources) words.push(["sources", `by ${scope.sources.join(", ")}`]);
    if (scope.articles) words.push(["articles", `${scope.articles.length} chosen article${scope.articles.length === 1 ? "" : "s"}`]);
    let bar = one("#cw-scope-bar");
    if (!bar) {
      bar = make("div", { id: "cw-scope-bar", className: "cw-chips", role: "group", "aria-label": "Searched only" });
      one("#cw-ask-row").before(bar);
    }
    bar.replaceChildren(...(words.length ? [make("span", { className: "cw-chips-label", textContent: "Searched only:" })] : []));
    for (const [name, text] of words) {
      const chip = make("button", { type: "button", className: "cw-chip", "aria-label": `Remove the filter ${text}` });
      chip.append(make("bdi", { className: "cw-chip-text", textContent: text }));
      chip.onclick = () => { delete scope[name]; showScope(); box()?.focus(); };
      bar.append(chip);
    }
    const address = new URL(location.href);
    address.search = "";
    for (const [name, value] of Object.entries(scope)) for (const each of [value].flat()) address.searchParams.append(LISTS[name] || name, each);
    history.replaceState(null, "", address);
    put(field("cw-scope"), told());
  }
  const told = () => (["since", "until", ...Object.keys(LISTS)].some((name) => name in scope) ? JSON.stringify(scope) : "");
  // Who asks before the page has settled down asks of the same articles: what it is narrowed to goes with the question.
  document.addEventListener("input", (event) => { if (told() && event.target === box()) put(field("cw-scope"), told()); });

  // A link only fills the box: another site can send people here, and what is asked is for them to say.
  function arrive() {
    const { q } = read(location.href);
    showScope();
    if (!q) return;
    put(box(), q);
    box().focus();
    one("#cw-scope-bar").append(make("span", { className: "cw-hint", textContent: "Press Enter to ask this." }));
    box().addEventListener("input", () => one(".cw-hint")?.remove(), { once: true });
    Citewire.spoken.say("The link's question is in the box. Press Enter to ask it.");
  }

  // ---- where one is in the queue, in our words instead of Gradio's "queue: 2/5"
  function place() {
    const step = one(".cw-live .cw-step"), text = one("#cw-chat [data-testid=status-tracker] .meta-text")?.textContent || "";
    const found = /(\d+)\s*\/\s*(\d+)/.exec(text);
    if (!step || !found) return;
    const where = found[1] === "1" ? "next" : `number ${found[1]} of ${found[2]} in the queue`;
    const words = `Others are being answered: yours is ${where}`;
    if (Citewire.store.stateOf(step) === "waiting" && step.textContent !== words) step.textContent = words;
  }

  scope = read(location.href);
  delete scope.q;
  return { tell, ask, follow, read, box, busy, arrive, place };
})();
