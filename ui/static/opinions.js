// Thumbs up and down, with a word if one has something to say.
"use strict";

Citewire.opinions = (() => {
  const { one, make } = Citewire.dom;
  let form, field, about;

  function build() {
    field = make("input", { type: "text", maxLength: 500, id: "cw-opinion-word", autocomplete: "off" });
    const label = make("label", { htmlFor: "cw-opinion-word", textContent: "What was right or wrong? (optional)" });
    const close = make("button", { type: "button", textContent: "Close", onclick: hide });
    form = make("form", { className: "cw-opinion", hidden: true }, label, field, make("div", {}, make("button", { textContent: "Send" }), close));
    form.setAttribute("aria-label", "A word about this answer");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send({ ...about, word: field.value }, "Thank you.");
      hide();
    });
    document.body.append(form);
    document.addEventListener("scroll", place, { capture: true, passive: true });
  }

  function rate(button) {
    const turn = Citewire.store.turnOf(button)?.id;
    if (!turn) return;
    const rating = button.matches(".cw-pressed") ? "" : button.matches(".cw-up") ? "up" : "down";
    about = { turn, rating };
    send({ ...about, word: "" }, rating ? "" : "Taken back.");
    if (!rating) return hide();
    if (!form) build();
    field.value = "";
    form.hidden = false;
    place();
    field.focus();
  }

  // Above the thumbs that it is about, wherever the page or its reader has moved them.
  function place() {
    const thumb = isOpen() && one(".cw-thumb", answerOf(about.turn) || document.createElement("div"));
    if (!thumb) return;
    const at = thumb.getBoundingClientRect(), size = form.getBoundingClientRect();
    form.style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
    form.style.top = `${Math.max(8, at.top - size.height - 8)}px`;
  }

  // The page is told what was kept by rendering the answer anew; only then is anything said of it.
  async function send(opinion, thanks) {
    await Citewire.wire.tell("rate", opinion);
    let turn;
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = answerOf(opinion.turn);  // none for a moment while it is drawn anew
      turn = answer && Citewire.store.turnOf(one("*", answer));
      if (turn && (turn.rating || "") === opinion.rating && Boolean(turn.word) === Boolean(opinion.word)) {
        // the thumb that had the focus may have been drawn anew, and then nothing has it
        if (document.activeElement === document.body && !isOpen()) one(".cw-pressed", answer)?.focus({ preventScroll: true });
        return Citewire.spoken.say(thanks);
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    if (!turn) return;  // another conversation is open by now
    const text = "Your opinion was not kept.", foot = one(".cw-foot, .cw-abstained", answerOf(opinion.turn) || document);
    Citewire.spoken.say(text);
    if (foot && !one(".cw-unkept", foot)) foot.append(make("span", { className: "cw-hint cw-unkept", textContent: text }));
  }

  const answerOf = (id) => [...document.querySelectorAll(".cw-answer")].find((node) => Citewire.store.turnOf(one("*", node))?.id === id);
  function hide() {
    if (!isOpen()) return;
    form.hidden = true;
    one(".cw-pressed", answerOf(about.turn) || document)?.focus();
  }
  const isOpen = () => Boolean(form) && !form.hidden;

  return { rate, hide, place, isOpen };
})();
