// What Gradio's blocks do not do themselves: citations by mouse and keyboard, suggestions, spoken progress, the status line.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = () => one("#cw-box textarea");
  const label = (node, text) => node.getAttribute("aria-label") === text || node.setAttribute("aria-label", text);

  // ---- asking
  function ask(question) {
    const field = box();
    if (!field || one("#cw-stop")?.offsetParent) return false;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, question);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => one("#cw-send")?.click(), 60);  // Svelte takes the value over in its next tick
    return true;
  }

  // ---- citations
  const note = (cite) => {
    const number = cite.textContent.replace(/\D/g, "");
    return one(`.cw-note[value="${number}"]`, cite.closest(".cw-answer"));
  };
  const origin = (found) => {
    const source = found.closest(".cw-sources li:has(> .cw-source)");
    return [".cw-headline", ".cw-meta"].map((part) => one(`.cw-source ${part}`, source)?.textContent).filter(Boolean).join(", ");
  };

  function read(link) {
    const answer = link.closest(".cw-answer");
    const among = link.matches(".cw-card") ? all(".cw-card", answer) : all(".cw-note a.cw-open", answer);
    const seen = among.some((node) => node.getAttribute("href") === link.getAttribute("href"));
    Citewire.reader.open(link, seen ? among : [link]);
  }

  let pop, popped;
  function showPop(cite) {
    const found = note(cite);
    if (!found || Citewire.reader.isOpen()) return;
    if (!pop) {
      pop = Object.assign(document.createElement("div"), { className: "cw-pop", id: "cw-pop" });
      pop.setAttribute("role", "tooltip");
      document.body.append(pop);
    }
    const quote = Object.assign(document.createElement("bdi"), { className: "cw-pop-quote", textContent: one(".cw-quote", found).textContent });
    const head = Object.assign(document.createElement("bdi"), { className: "cw-pop-head", textContent: origin(found) });
    pop.replaceChildren(quote, head);
    pop.hidden = false;
    cite.setAttribute("aria-describedby", "cw-pop");
    popped = cite;
    place(cite);
  }
  function place(cite) {
    const at = cite.getBoundingClientRect(), size = pop.getBoundingClientRect();
    pop.style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
    pop.style.top = `${at.bottom + size.height + 12 < innerHeight ? at.bottom + 8 : Math.max(8, at.top - size.height - 8)}px`;
  }
  const hidePop = () => { if (pop) pop.hidden = true; };

  // ---- copying: text with its footnotes
  async function copy(button) {
    const answer = button.closest(".cw-answer");
    const text = one(".cw-text", answer).innerText.trim();
    const notes = all(".cw-note", answer).map((item) => {
      const url = one("a.cw-original", item.closest(".cw-sources li:has(> .cw-source)"))?.href;
      return `[${item.value}] “${one(".cw-quote", item).textContent}” ${origin(item)}${url ? `, ${url}` : ""}`;
    });
    try {
      await navigator.clipboard.writeText(`${text}\n\n${notes.join("\n")}\n`);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser did not allow it";
    }
    setTimeout(() => { button.textContent = "Copy with footnotes"; }, 2000);
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;  // a new tab, as with any link
    const link = event.target.closest("a.cw-cite, a.cw-open, a.cw-card, a.cw-ask, button.cw-copy");
    if (!link) return;
    event.preventDefault();
    hidePop();
    if (link.matches(".cw-ask")) ask(new URL(link.href).searchParams.get("q"));
    else if (link.matches(".cw-copy")) copy(link);
    else read(link);
  });
  for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(enter, (event) => { const cite = event.target.closest?.("a.cw-cite"); if (cite) showPop(cite); });
    document.addEventListener(leave, (event) => { if (event.target.closest?.("a.cw-cite")) hidePop(); });
  }
  document.addEventListener("scroll", () => {  // the browser scrolls a citation into view when the tab key reaches it
    if (!pop || pop.hidden) return;
    if (popped.isConnected && popped.matches(":focus-visible")) place(popped); else hidePop();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("textarea, input");
    if (event.key === "Escape") { if (pop && !pop.hidden) hidePop(); else Citewire.reader.close(); }
    else if (typing) return;
    else if (event.key === "/") { event.preventDefault(); box()?.focus(); }
    else if (event.key === "j" && Citewire.reader.isOpen()) Citewire.reader.step(1);
    else if (event.key === "k" && Citewire.reader.isOpen()) Citewire.reader.step(-1);
  });

  // ---- names for screen readers. Gradio's sanitiser drops aria-label, and labels each message with its raw HTML.
  const live = Object.assign(document.createElement("div"), { className: "cw-sr", id: "cw-live" });
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  let spoken = "";
  function say(text) {
    if (text && text !== spoken) { spoken = text; live.textContent = text; }
  }
  function announce() {
    const answer = all(".cw-answer").pop();
    if (!answer) { spoken = ""; return; }
    if (!answer.matches(".cw-live")) {
      return say(all(".cw-text, .cw-foot, .cw-abstained > p, .cw-notice, .cw-failed", answer).map((n) => n.innerText).join(" "));
    }
    const found = one(".cw-evidence > summary", answer)?.textContent || "", text = all(".cw-sentence", answer).pop()?.textContent;
    say(text || [found, one(".cw-step", answer)?.textContent].filter(Boolean).join(". "));
  }
  let asked = 0;
  function decorate() {
    const field = box();
    if (field) label(field, "Your question");
    const log = one("#cw-chat [role=log]");
    if (log && log.getAttribute("aria-live") !== "off") { log.setAttribute("aria-live", "off"); label(log, "Conversation"); }
    for (const message of all("#cw-chat [data-testid=bot], #cw-chat [data-testid=user]")) {
      label(message, message.dataset.testid === "bot" ? "Answer" : "Your question");
      if (!message.hasAttribute("role")) message.setAttribute("role", "group");
    }
    for (const cite of all("a.cw-cite:not([aria-label])")) {
      const found = note(cite);
      if (!found) continue;  // while the answer is written there are no footnotes yet
      label(cite, `Citation ${cite.textContent.replace(/\D/g, "")}: ${origin(found)}`);
      cite.removeAttribute("target");
    }
    const questions = all(".cw-question");
    if (questions.length > asked) questions[questions.length - 1].scrollIntoView({ block: "start" });
    asked = questions.length;
    announce();
  }
  let planned = false;
  const later = () => { if (!planned) { planned = true; requestAnimationFrame(() => { planned = false; decorate(); }); } };

  // ---- the status line: the answer model may come while the page is open, or the index may be rebuilt
  let last = "";
  async function refresh() {
    let wait = 30000;
    try {
      const state = await (await fetch("api/status")).json();
      const line = one("#cw-status .cw-status");
      if (line && line.textContent !== state.line) line.textContent = state.line;
      line?.classList.toggle("cw-broken", !state.ok);
      if (state.ok && state.articles && one(".cw-welcome .cw-command")) return location.reload();  // there is an index now
      if (last && last !== `${state.model}`) say(state.line);
      last = `${state.model}`;
      if (state.model === "none" || !state.articles) wait = 5000;
    } catch {
      const line = one("#cw-status .cw-status");
      if (line) { line.textContent = "Citewire does not answer. Is it still running?"; line.classList.add("cw-broken"); }
      wait = 5000;
    }
    setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", refresh, { once: true }) : refresh()), wait);
  }

  function start() {
    document.body.append(live);
    new MutationObserver(later).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
    decorate();
    setTimeout(refresh, 5000);
    const question = new URL(location.href).searchParams.get("q");
    if (question) whenReady(() => { history.replaceState(null, "", location.pathname); ask(question); });
  }
  function whenReady(act, tries = 100) {
    if (one("#cw-send") && one("#cw-status .cw-status")) setTimeout(act, 200);
    else if (tries) setTimeout(() => whenReady(act, tries - 1), 100);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
