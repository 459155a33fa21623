// The drawer of conversations: open, rename, export, delete. A native dialog keeps the focus in and gives it back.
"use strict";

Citewire.drawer = (() => {
  const { one, make } = Citewire.dom;
  const store = Citewire.store;
  let drawer, list, told;

  function build() {
    told = make("p", { className: "cw-drawer-told", role: "status" });
    list = make("ul", { className: "cw-kept" });
    const close = make("button", { type: "button", textContent: "Close", onclick: () => drawer.close() });
    const head = make("div", { className: "cw-drawer-head" }, make("h2", { id: "cw-drawer-title", textContent: "Conversations" }), close);
    const foot = make("p", { className: "cw-drawer-foot", textContent: "They are kept in this browser only." });
    drawer = make("dialog", { className: "cw-drawer", "aria-labelledby": "cw-drawer-title" }, head, told, list, foot);
    drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
    document.body.append(drawer);
  }

  function show() {
    if (!drawer) build();
    told.textContent = "";
    fill();
    if (!drawer.open) drawer.showModal();
  }

  function fill() {
    const rows = store.list().map(row);
    list.replaceChildren(...(rows.length ? rows : [make("li", { className: "cw-none", textContent: "Nothing has been asked yet." })]));
  }

  const button = (text, act, label = text) => {
    const node = make("button", { type: "button", textContent: text, onclick: act });
    node.setAttribute("aria-label", label);
    return node;
  };
  const when = (time) => new Date(time || 0).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });

  function row(kept) {
    const title = store.title(kept), number = kept.turns.length;
    const open = button("", () => { if (store.open(kept.id)) drawer.close(); }, `Open: ${title}`);
    open.className = "cw-kept-open";
    const told = `${number} question${number === 1 ? "" : "s"} · ${when(kept.changed)}`;
    open.append(make("bdi", { className: "cw-kept-title", textContent: title }), make("span", { className: "cw-meta", textContent: told }));
    if (kept.id === store.current()) open.setAttribute("aria-current", "true");
    const item = make("li", {}, open);
    const tools = make("div", { className: "cw-kept-tools" },
      button("Rename", () => rename(item, kept, title), `Rename: ${title}`),
      button("Markdown", () => save(kept, title, "md"), `Export as Markdown: ${title}`),
      button("HTML", () => save(kept, title, "html"), `Export as HTML: ${title}`),
      button("Delete", (event) => remove(event.target, kept), `Delete: ${title}`));
    item.append(tools);
    return item;
  }

  function rename(item, kept, title) {
    const field = make("input", { type: "text", value: title, maxLength: 120 });
    field.setAttribute("aria-label", "New name");
    const done = (keep) => { if (keep && field.value.trim()) store.rename(kept.id, field.value); fill(); focusRow(kept.id); };
    const form = make("form", { className: "cw-rename", onsubmit: (event) => { event.preventDefault(); done(true); } }, field, make("button", { textContent: "Save" }));
    field.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); done(false); } });
    one(".cw-kept-open", item).replaceWith(form);
    field.select();
  }
  function focusRow(id) {
    const at = store.list().findIndex((kept) => kept.id === id);
    one(`li:nth-child(${at + 1}) .cw-kept-open`, list)?.focus();
  }

  function remove(node, kept) {
    if (node.dataset.sure) {
      const current = kept.id === store.current();
      store.remove(kept.id);
      if (current) one("#cw-new").click();
      fill();
      told.textContent = "Deleted.";
      one("button", drawer).focus();
      return;
    }
    node.dataset.sure = "1";
    node.textContent = "Delete for good?";
    node.removeAttribute("aria-label");
  }

  async function save(kept, title, kind) {
    told.textContent = "";
    try {
      const answer = await fetch(`api/export?as=${kind}`, {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ title, turns: kept.turns }),
      });
      if (!answer.ok) throw new Error((await answer.json()).error || "This conversation cannot be exported.");
      const url = URL.createObjectURL(await answer.blob());
      const name = title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "conversation";
      make("a", { href: url, download: `${name}.${kind}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      told.textContent = "Exported.";
    } catch (error) {
      told.textContent = error instanceof TypeError ? "Citewire does not answer. Is it still running?" : error.message;
    }
  }

  return { show };
})();
