// What the library page cannot do as plain HTML: finding while one types, choosing rows, uploads with progress, rebuilds.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, props = {}, ...children) => { const node = Object.assign(document.createElement(tag), props); node.append(...children); return node; };
  const say = (text) => { one("#say").textContent = text; };
  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  async function call(method, path, options = {}) {
    let answer;
    try {
      answer = await fetch(path, { method, headers: { "X-Citewire": "1" }, ...options });
    } catch {
      throw new Error("Citewire does not answer. Is it still running?");
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(said.error || `Refused (${answer.status}).`), { status: answer.status });
    return said;
  }

  // ---- finding: the same page, of which only the rows are put in place
  let asked = 0, waiting;
  async function show(address, keep = true) {
    const turn = ++asked;
    let answer;
    try { answer = await fetch(address); } catch { return say("Citewire does not answer. Is it still running?"); }
    if (answer.redirected) return location.reload();  // the login has ended
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked) return;
    if (!one("#found", page)) return say(`The articles cannot be shown (${answer.status}). Load the page again.`);
    one("#found").replaceWith(document.adoptNode(one("#found", page)));
    for (const part of ["section.cw-health", ".cw-problems", ".cw-failed-files"]) refresh(part, page);
    if (keep) history.replaceState(null, "", address);
    choose();
    say(one("#found-line").textContent);
  }
  function refresh(selector, page) {
    const here = one(selector), there = one(selector, page);
    if (here && there) here.replaceWith(document.adoptNode(there));
    else if (here) here.remove();
    else if (there) one("section.cw-health")[selector === ".cw-failed-files" ? "after" : "before"](document.adoptNode(there));
  }
  const form = one("#search");
  const addressOf = () => {
    const said = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && !(name === "sort" && value === "date") && !(name === "way" && form.sort.value === "date" && value === "desc")));
    return said.size ? `library?${said}` : "library";
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "date" && !event.target.value && event.target.validity.badInput) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show(addressOf()), 250);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); show(addressOf()); });

  // ---- choosing rows: a question can be narrowed to single articles, and the button says to how many
  function choose() {
    const link = one("#ask"), note = one("#ask-note"), chosen = all("input[name=article]:checked");
    if (!link) return;
    link.dataset.href ??= link.getAttribute("href");
    link.dataset.text ??= link.textContent;
    link.href = chosen.length ? `./?${new URLSearchParams(chosen.map((box) => ["article", box.value]))}` : link.dataset.href;
    link.textContent = chosen.length ? `Ask only ${chosen.length === 1 ? "this one" : `these ${chosen.length}`}` : link.dataset.text;
    if (note) note.hidden = chosen.length > 0;
  }
  document.addEventListener("change", (event) => { if (event.target.matches("input[name=article]")) choose(); });

  // ---- changes, where the page has them
  const change = one(".cw-change");
  choose();
  if (!change) return;
  const most = Number(change.dataset.maxMb) * 1e6, list = one("#uploads"), drop = one("#drop");
  let queue = [], sending = false, kept = 0;

  function add(files) {
    for (const file of files) {
      const bar = make("progress", { max: 1, value: 0 }), said = make("p", { className: "cw-said", textContent: "waiting" });
      bar.setAttribute("aria-label", `Upload of ${file.name}`);
      const line = make("li", {}, make("bdi", { textContent: file.name }), bar, said);
      list.append(line);
      queue.push({ file, line, bar, said });
    }
    if (!sending) next();
  }
  function next() {
    const job = queue.shift();
    sending = Boolean(job);
    if (job) send(job);
    else if (kept) { kept = 0; rebuild(); }
  }
  function send({ file, line, bar, said }) {
    const end = (text, wrong) => { bar.remove(); said.textContent = text; line.classList.toggle("cw-wrong", wrong); say(`${file.name}: ${text}`); next(); };
    if (file.size > most) return end(`It has more than ${change.dataset.maxMb} MB: split it.`, true);
    const request = new XMLHttpRequest();  // fetch does not tell how much has been sent
    request.open("PUT", `api/library/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Citewire", "1");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; said.textContent = event.loaded < event.total ? "sending" : "reading"; };
    request.onerror = () => end("It could not be sent. Is Citewire still running?", true);
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's own page */ }
      if (request.status !== 201) return end(answer.error || `Refused (${request.status}).`, true);
      if (answer.known) return end("was there already", false);
      kept++;
      const wrong = answer.failed.length ? ` ${counted(answer.failed.length, "part")} could not be read: ${answer.failed[0]}` : "";
      end(`${counted(answer.articles, "article")}${answer.name === file.name ? "" : `, kept as ${answer.name}`}.${wrong}`, false);
    };
    request.send(file);
  }
  one("#files").addEventListener("change", (event) => { add(event.target.files); event.target.value = ""; });
  let depth = 0;
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      depth = kind === "drop" ? 0 : depth + (kind === "dragenter") - (kind === "dragleave");
      drop.classList.toggle("cw-over", depth > 0);
      if (kind === "drop") add(event.dataTransfer.files);
    });
  }
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => { if (event.target !== drop) event.preventDefault(); });

  const stages = { starting: "Starting", reading: "Reading", embedding: "Embedding passages", publishing: "Writing" };
  const job = one("#job"), bar = one("#bar"), button = one("#rebuild");
  function told(state) {
    bar.hidden = !state.running;
    job.classList.toggle("cw-wrong", Boolean(state.error));
    if (state.running) {
      if (state.total) bar.value = state.done / state.total; else bar.removeAttribute("value");
      job.textContent = `${stages[state.stage] || state.stage}${state.total ? `, ${state.done.toLocaleString("en")} of ${state.total.toLocaleString("en")}` : ""} …`;
    } else if (state.error) {
      job.textContent = state.error;
    } else if (state.report) {
      const { added, changed, removed, failed } = state.report;
      const parts = [[added, "added"], [changed, "changed"], [removed, "removed"], [failed, "not readable"]].filter(([ids]) => ids.length);
      job.textContent = parts.length ? `Done: ${parts.map(([ids, what]) => `${ids.length.toLocaleString("en")} ${what}`).join(", ")}.` : "Done: nothing had changed.";
    }
  }
  async function follow() {
    let state;
    try { state = await call("GET", "api/library/job"); } catch (error) { job.textContent = error.message; return setTimeout(follow, 3000); }
    told(state);
    if (state.running) return setTimeout(follow, 500);
    say(job.textContent);
    show(location.href, false);
  }
  async function rebuild() {
    try { told(await call("POST", "api/library/rebuild")); } catch (error) { return told({ error: error.message }); }
    follow();
  }
  button.addEventListener("click", rebuild);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.cw-delete");
    if (!button) return;
    const title = one(".cw-headline", button.closest("tr")).textContent, id = button.dataset.id;
    if (!confirm(`Delete the file of “${title}”?`)) return;
    const path = `api/library/articles?id=${encodeURIComponent(id)}`;
    try {
      await call("DELETE", path).catch((error) => {
        if (error.status === 428 && confirm(`${error.message} Delete it?`)) return call("DELETE", `${path}&all_of_file=true`);
        throw error;
      });
    } catch (error) {
      return told({ error: error.message });
    }
    button.disabled = true;
    rebuild();
  });
  call("GET", "api/library/job").then((state) => { if (state.running) follow(); else if (state.error) told(state); }, () => {});
})();
