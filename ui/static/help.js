// The keyboard: its shortcuts, the list of them, and a switch for people whose speech or hands press keys by themselves.
"use strict";

Citewire.help = (() => {
  const { one, make } = Citewire.dom;
  const KEYS = [
    ["/", "go to the question box"], ["Enter", "ask; Shift+Enter begins a new line"], ["j, k", "next and previous citation"],
    ["Enter", "on a citation: read its article"], ["Escape", "close what is open, go back"], ["?", "this list"],
  ];
  const OFF = "citewire/shortcuts-off";
  let dialog;

  function build() {
    const list = make("dl", {}, ...KEYS.flatMap(([keys, text]) => [make("dt", {}, ...keys.split(", ").map((key) => make("kbd", { textContent: key }))), make("dd", { textContent: text })]));
    const on = make("input", { type: "checkbox", checked: !localStorage.getItem(OFF) });
    on.addEventListener("change", () => { if (on.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); });
    const close = make("button", { type: "button", textContent: "Close", onclick: () => dialog.close() });
    dialog = make("dialog", { className: "cw-help", "aria-labelledby": "cw-help-title" },
      make("h2", { id: "cw-help-title", textContent: "Keyboard" }), list, make("label", {}, on, " Use the single keys / j k ?"), close);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
  }
  function show() {
    if (!dialog) build();
    if (!dialog.open) dialog.showModal();
    one("button", dialog).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (event.key === "Escape") {
      if (Citewire.citations.shown()) Citewire.citations.hide();
      else if (Citewire.opinions.isOpen()) Citewire.opinions.hide();
      else if (Citewire.reader.isOpen()) Citewire.reader.close();
      else document.activeElement?.matches?.(".cw-answer a") && Citewire.wire.box()?.focus();
      return;
    }
    if (event.target.matches("textarea, input, select") || localStorage.getItem(OFF)) return;
    const act = { "/": () => Citewire.wire.box()?.focus(), j: () => Citewire.citations.step(1), k: () => Citewire.citations.step(-1), "?": show }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  return { show };
})();
