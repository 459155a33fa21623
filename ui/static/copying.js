// Copying: text that leaves the page carries its footnotes, by the button and by Ctrl-C alike; and a link to a question.
"use strict";

Citewire.copying = (() => {
  const { one, all } = Citewire.dom;

  function footnote(item) {
    const url = one("a.cw-original", item.closest(".cw-sources li:has(> .cw-source)"))?.href;
    return `[${item.value}] “${one(".cw-quote", item).textContent}” ${Citewire.citations.origin(item)}${url ? `, ${url}` : ""}`;
  }
  const withNotes = (text, items) => `${text.trim()}\n\n${items.map(footnote).join("\n")}\n`;

  async function write(text, button, words) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = words;
    } catch {
      button.textContent = "The browser did not allow it";
    }
    Citewire.spoken.say(button.textContent);
    setTimeout(() => { button.textContent = before; }, 2000);
  }

  function answer(button) {
    const whole = button.closest(".cw-answer");
    write(withNotes(one(".cw-text", whole).innerText, all(".cw-note", whole)), button, "Copied");
  }
  const link = (anchor) => write(anchor.href, anchor, "Link copied");

  // A selection inside one answer's text takes along the notes of the markers that it holds.
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (selection.isCollapsed || event.target.matches?.("input, textarea")) return;
    const range = selection.getRangeAt(0), around = range.commonAncestorContainer;
    const text = (around.nodeType === 1 ? around : around.parentElement)?.closest(".cw-text");
    if (!text) return;
    const held = all("a.cw-cite", text).filter((cite) => range.intersectsNode(cite));
    const items = [...new Set(held.map(Citewire.citations.note).filter(Boolean))];
    if (!items.length) return;
    event.clipboardData.setData("text/plain", withNotes(selection.toString(), items));
    event.preventDefault();
  });

  return { answer, link };
})();
