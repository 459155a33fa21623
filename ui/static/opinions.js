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
      Citewire.wire.tell("rate", { ...about, word: field.value });
      Citewire.spoken.say("Thank you.");
      hide();
    });
    document.body.append(form);
  }

  function rate(button) {
    const turn = Citewire.store.turnOf(button)?.id;
    if (!turn) return;
    const rating = button.matches(".cw-pressed") ? "" : button.matches(".cw-up") ? "up" : "down";
    about = { turn, rating };
    Citewire.wire.tell("rate", { ...about, word: "" });
    if (!rating) { Citewire.spoken.say("Taken back."); return hide(); }
    if (!form) build();
    const at = button.getBoundingClientRect();
    field.value = "";
    form.hidden = false;
    const size = form.getBoundingClientRect();
    form.style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
    form.style.top = `${Math.max(8, at.top - size.height - 8)}px`;
    field.focus();
  }

  function hide() {
    if (!isOpen()) return;
    form.hidden = true;
    const answer = [...document.querySelectorAll(".cw-answer")].find((node) => Citewire.store.turnOf(one("*", node))?.id === about.turn);
    one(".cw-pressed", answer || document)?.focus();
  }
  const isOpen = () => Boolean(form) && !form.hidden;

  return { rate, hide, isOpen };
})();
