// The article panel: opens a citation inside its article. Article text enters the page through textContent only.
"use strict";
window.Citewire = window.Citewire || {};

Citewire.reader = (() => {
  let panel, parts, links = [], at = 0, opener = null, asked = 0;

  const make = (tag, props = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };

  function build() {
    const button = (text, label, act) => {
      const node = make("button", { type: "button", textContent: text, onclick: act });
      node.setAttribute("aria-label", label);
      return node;
    };
    parts = {
      place: make("span", { className: "cw-panel-place" }),
      before: button("Previous", "Previous citation (k)", () => step(-1)),
      next: button("Next", "Next citation (j)", () => step(1)),
      close: button("Close", "Close the article (Escape)", close),
      title: make("h2", { id: "cw-panel-title" }),
      meta: make("p", { className: "cw-panel-meta" }),
      text: make("div", { className: "cw-article", dir: "auto" }),
    };
    parts.body = make("div", { className: "cw-panel-body", tabIndex: 0 }, parts.text);
    const head = make("div", { className: "cw-panel-head" }, parts.title, parts.meta);
    const bar = make("div", { className: "cw-panel-bar" }, parts.place, parts.before, parts.next, parts.close);
    panel = make("div", { className: "cw-panel", hidden: true }, bar, head, parts.body);
    panel.setAttribute("aria-labelledby", "cw-panel-title");
    panel.addEventListener("keydown", keepFocus);
    document.body.append(panel);
  }

  const isSheet = () => innerWidth <= 640;
  // On a phone the sheet covers the page, so the tab key stays inside it.
  function keepFocus(event) {
    if (event.key !== "Tab" || !isSheet()) return;
    const stops = [...panel.querySelectorAll("button:not(:disabled), a[href], [tabindex='0']")];
    const last = stops[stops.length - 1];
    if (event.shiftKey && document.activeElement === stops[0]) { last.focus(); event.preventDefault(); }
    else if (!event.shiftKey && document.activeElement === last) { stops[0].focus(); event.preventDefault(); }
  }

  // `among` are the links that next and previous walk through; `link` is one of them.
  function open(link, among) {
    if (!panel) build();
    if (!isOpen()) opener = document.activeElement && document.activeElement !== document.body ? document.activeElement : link;
    links = among.map((node) => node.getAttribute("href"));
    at = Math.max(0, links.indexOf(link.getAttribute("href")));
    panel.hidden = false;
    panel.setAttribute("role", isSheet() ? "dialog" : "complementary");
    if (isSheet()) panel.setAttribute("aria-modal", "true"); else panel.removeAttribute("aria-modal");
    document.body.classList.add("cw-reading");
    show();
    parts.close.focus({ preventScroll: true });
  }

  async function show() {
    const call = ++asked, query = links[at].split("?")[1].split("#")[0];
    parts.place.textContent = links.length > 1 ? `Quote ${at + 1} of ${links.length}` : "Article";
    parts.before.disabled = at === 0;
    parts.next.disabled = at === links.length - 1;
    let article, problem = "";
    try {
      const answer = await fetch(`api/article?${query}`);
      article = await answer.json();
      if (!answer.ok) problem = article.error || "This article cannot be shown.";
    } catch {
      problem = "Citewire does not answer. Is it still running?";
    }
    if (call !== asked) return;  // the reader has gone on to another quote meanwhile
    if (problem) return fill(problem);
    fillArticle(article);
  }

  function fill(problem) {
    parts.title.textContent = "";
    parts.meta.replaceChildren();
    parts.text.replaceChildren(make("p", { className: "cw-panel-error", textContent: problem }));
  }

  function fillArticle(article) {
    parts.title.replaceChildren(make("bdi", { textContent: article.title }));
    parts.meta.replaceChildren(make("bdi", { className: "cw-meta", textContent: article.meta }));
    if (/^https?:\/\//i.test(article.url)) {
      parts.meta.append(make("a", { className: "cw-original", href: article.url, target: "_blank", rel: "noopener noreferrer", textContent: "Original" }));
    }
    const mark = make("mark", {}, ...lines(article.quote));
    parts.text.replaceChildren(...lines(article.before), ...(article.quote ? [mark] : []), ...lines(article.after));
    parts.body.scrollTop = 0;
    if (article.quote) mark.scrollIntoView({ block: "center" });
  }

  // A single line feed ends a paragraph: it gets some room below, while the text stays the article's own.
  const lines = (text) => text.split(/((?<!\n)\n(?!\n))/).map((part) => (part === "\n" ? make("span", { className: "cw-br", textContent: part }) : part));

  function step(by) {
    const to = at + by;
    if (to < 0 || to >= links.length) return;
    at = to;
    show();
  }

  function close() {
    if (!isOpen()) return;
    panel.hidden = true;
    asked++;
    document.body.classList.remove("cw-reading");
    if (opener && opener.isConnected) opener.focus();
  }

  const isOpen = () => Boolean(panel) && !panel.hidden;
  return { open, close, step, isOpen };
})();
