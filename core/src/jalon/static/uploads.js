/* Documents: files dropped on their part of the page, or many chosen at once, are sent one by one; each says what became
   of it, and what was refused can be sent again. Without this file the form sends one. */
(function () {
  "use strict";
  const box = document.querySelector("[data-drop]");
  if (!box) return;
  const form = box.querySelector("form[enctype]");
  const adder = form.closest("details");
  const input = form.querySelector("[type=file]");
  const kind = form.elements.kind;
  const list = form.querySelector("[data-files]");
  const words = list.dataset;
  let waiting = [];
  let busy = false;

  input.multiple = true;
  box.querySelector("[data-drop-hint]").hidden = false;

  function line(file) {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("b"), { textContent: file.name });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    const told = Object.assign(document.createElement("span"), { textContent: words.waiting });
    bar.setAttribute("aria-label", file.name);
    bar.hidden = true;
    item.append(name, bar, told);
    list.append(item);
    return { file, item, bar, told };
  }

  function say(one, state, text) {
    one.item.className = state;
    one.bar.hidden = state !== "going";
    one.told.textContent = text;
  }

  function take(files) {
    list.querySelectorAll(".done, .refused").forEach((item) => item.remove());  /* what was said of the last ones was read */
    waiting = waiting.filter((one) => one.item.isConnected);
    waiting.push(...[...files].map(line));
    adder.open = true;
    input.value = "";
    form.elements.name.closest(".field").hidden = waiting.length > 1;
    if (!kind.value) return kind.focus();
    send();
  }

  function post(one) {
    const data = new FormData(form);
    data.set("file", one.file);
    if (form.elements.name.closest(".field").hidden) data.set("name", "");
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => { one.bar.value = event.loaded / (event.total || 1); });
      request.addEventListener("loadend", () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* a page that refuses, or nothing at all */ }
        resolve({ status: request.status, ...answer });
      });
      request.send(data);
    });
  }

  async function send() {
    if (busy) return;
    busy = true;
    let saved = 0;
    const queue = waiting;
    waiting = [];
    for (const one of queue) {
      if (one.file.size > Number(words.largest)) {
        say(one, "refused", words.large);
        waiting.push(one);
        continue;
      }
      say(one, "going", words.going);
      const answer = await post(one);
      if (answer.saved) {
        saved += 1;
        say(one, "done", answer.saved);
      } else {
        say(one, "refused", answer.refused || (answer.status === 413 ? words.large : words.failed));
        waiting.push(one);
      }
    }
    busy = false;
    if (saved) await refresh();
    if (!waiting.length) form.elements.name.closest(".field").hidden = false;
  }

  /* only the documents are shown anew: what is being typed elsewhere on the page stays */
  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["[data-kept]", "#documents-title"]) {
      const now = fresh.querySelector(part);
      if (now) document.querySelector(part).replaceWith(document.adoptNode(now));
    }
  }

  input.addEventListener("change", () => { if (input.files.length) take(input.files); });
  kind.addEventListener("change", () => { if (kind.value && waiting.length) send(); });
  form.addEventListener("submit", (event) => {
    if (!waiting.length && !busy) return;  /* a paper that was only seen goes as it always does */
    event.preventDefault();
    if (kind.reportValidity()) send();
  });

  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  let depth = 0;
  box.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    depth += 1;
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) box.classList.remove("over");
  });
  box.addEventListener("drop", (event) => {
    depth = 0;
    box.classList.remove("over");
    if (!carries(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  /* a file dropped beside the mark would replace the page, and what is typed on it */
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => { if (carries(event)) event.preventDefault(); });
})();
