// Citations: the quote beside the marker under the pointer or the focus, the article behind it, and walking through them.
"use strict";

Citewire.citations = (() => {
  const { one, all, make } = Citewire.dom;
  let pop, popped;

  const number = (cite) => cite.textContent.replace(/\D/g, "");
  const note = (cite) => one(`.cw-note[value="${number(cite)}"]`, cite.closest(".cw-answer"));
  function origin(found) {
    const source = found.closest(".cw-sources li:has(> .cw-source)");
    return [".cw-headline", ".cw-meta"].map((part) => one(`.cw-source ${part}`, source)?.textContent).filter(Boolean).join(", ");
  }

  function read(link) {
    const answer = link.closest(".cw-answer");
    const among = link.matches(".cw-card") ? all(".cw-card", answer) : all(".cw-note a.cw-open", answer);
    const seen = among.some((node) => node.getAttribute("href") === link.getAttribute("href"));
    Citewire.reader.open(link, seen ? among : [link]);
  }

  function show(cite) {
    const found = note(cite);
    if (!found || Citewire.reader.isOpen()) return;
    if (!pop) {
      pop = make("div", { className: "cw-pop", id: "cw-pop", role: "tooltip" });
      document.body.append(pop);
    }
    const quote = make("bdi", { className: "cw-pop-quote", textContent: one(".cw-quote", found).textContent });
    pop.replaceChildren(quote, make("bdi", { className: "cw-pop-head", textContent: origin(found) }));
    pop.hidden = false;
    cite.setAttribute("aria-describedby", "cw-pop");
    popped = cite;
    place();
  }
  function place() {
    const at = popped.getBoundingClientRect(), size = pop.getBoundingClientRect();
    pop.style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
    pop.style.top = `${at.bottom + size.height + 12 < innerHeight ? at.bottom + 8 : Math.max(8, at.top - size.height - 8)}px`;
  }
  const shown = () => Boolean(pop) && !pop.hidden;
  const hide = () => { if (pop) pop.hidden = true; };

  // From one marker to the next: within the article panel if it is open, else in the newest answer or the focused one.
  function step(by) {
    if (Citewire.reader.isOpen()) return Citewire.reader.step(by);
    const answer = document.activeElement?.closest?.(".cw-answer") || all(".cw-answer:has(a.cw-cite)").pop();
    const marks = answer ? all("a.cw-cite", answer) : [];
    const at = marks.indexOf(document.activeElement);
    const next = marks[at < 0 ? (by > 0 ? 0 : marks.length - 1) : Math.max(0, Math.min(marks.length - 1, at + by))];
    next?.focus({ focusVisible: true });
  }

  for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(enter, (event) => { const cite = event.target.closest?.("a.cw-cite"); if (cite) show(cite); });
    document.addEventListener(leave, (event) => { if (event.target.closest?.("a.cw-cite")) hide(); });
  }
  document.addEventListener("scroll", () => {  // the browser scrolls a citation into view when the tab key reaches it
    if (!shown()) return;
    if (popped.isConnected && popped.matches(":focus-visible")) place(); else hide();
  }, true);

  return { number, note, origin, read, step, shown, hide };
})();
