// Names and news for screen readers. Gradio's sanitiser drops aria-label, and labels each message with its raw HTML.
"use strict";

Citewire.spoken = (() => {
  const { one, all, make } = Citewire.dom;
  const live = make("div", { className: "cw-sr", id: "cw-live", role: "status", "aria-live": "polite" });
  let spoken = "", finished = "";

  const label = (node, text) => node.getAttribute("aria-label") === text || node.setAttribute("aria-label", text);
  function say(text) {
    if (text && text !== spoken) { spoken = text; live.textContent = text; }
  }

  function announce() {
    const refusal = one("#cw-refusal .cw-refusal");
    if (refusal && !refusal.dataset.told) { refusal.dataset.told = "1"; return say(refusal.innerText); }
    const answer = all(".cw-answer").pop();
    if (!answer) { spoken = ""; return; }
    if (!answer.matches(".cw-live")) {
      // Once: what is said later, "Copied" for one, must not be said over when the answer is drawn anew.
      const words = all(".cw-text, .cw-abstained > p", answer).map((node) => node.textContent);
      const told = `${Citewire.store.turnOf(one("*", answer))?.id} ${words}`;
      if (told === finished) return;
      finished = told;
      const parts = ".cw-text, .cw-foot, .cw-differ, .cw-abstained > p, .cw-notice, .cw-failed";
      return say(all(parts, answer).map((node) => node.innerText).join(" "));
    }
    const found = one(".cw-evidence > summary", answer)?.textContent || "", text = all(".cw-sentence", answer).pop()?.textContent;
    say(text || [found, one(".cw-step", answer)?.textContent].filter(Boolean).join(". "));
  }

  function name() {
    const field = Citewire.wire.box();
    if (field) label(field, "Your question");
    const log = one("#cw-chat [role=log]");
    if (log && log.getAttribute("aria-live") !== "off") { log.setAttribute("aria-live", "off"); label(log, "Conversation"); }
    for (const message of all("#cw-chat [data-testid=bot], #cw-chat [data-testid=user]")) {
      label(message, message.dataset.testid === "bot" ? "Answer" : "Your question");
      if (!message.hasAttribute("role")) message.setAttribute("role", "group");
    }
    for (const cite of all("a.cw-cite:not([aria-label])")) {
      const found = Citewire.citations.note(cite);
      if (!found) continue;  // while the answer is written there are no footnotes yet
      label(cite, `Citation ${Citewire.citations.number(cite)}: ${Citewire.citations.origin(found)}`);
      cite.removeAttribute("target");
    }
    for (const chip of all("a.cw-chip:not([aria-label])")) label(chip, `Ask again without the filter ${chip.textContent}`);
    for (const thumb of all(".cw-thumb")) {
      const pressed = String(thumb.matches(".cw-pressed"));
      if (thumb.getAttribute("aria-pressed") !== pressed) thumb.setAttribute("aria-pressed", pressed);
    }
    const help = one("#cw-help");
    if (help) label(help, "Keyboard shortcuts");
  }

  return { say, announce, name, live };
})();
