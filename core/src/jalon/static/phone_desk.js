/* On the telephone: who is chosen is shown in the same page, what is typed is kept there, and the field is empty again. */
(function () {
  "use strict";
  const form = document.querySelector("form.desk");
  const field = form.querySelector("[type=search]");
  const call = document.querySelector("#call");
  let touched = false;
  let sending = false;

  function show(html) {
    call.innerHTML = html;
    touched = false;
    (call.querySelector("[aria-invalid=true]") || call.querySelector("textarea") || call.querySelector("[tabindex]"))?.focus();
  }

  const dirty = () => touched && [...call.querySelectorAll("textarea, [name=title]")].some((one) => one.value.trim());

  function mayLeave() {
    const dialog = document.querySelector("#confirm");
    if (!dirty()) return Promise.resolve(true);
    document.querySelector("#confirm-text").textContent = call.dataset.leave;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
  }

  function add() {
    const adding = document.querySelector("#add-caller");
    adding.elements.q.value = field.value;
    adding.requestSubmit();
  }

  async function open(address) {
    if (!(await mayLeave())) return call.querySelector("textarea").focus();
    try {
      const answer = await fetch(`${address}?part=1`);
      if (!answer.ok || new URL(answer.url).search !== "?part=1") throw new Error();
      show(await answer.text());
    } catch {
      touched = false;
      location.assign(address);  /* signed out, locked, gone: the page itself says so */
    }
  }

  form.addEventListener("chosen", (event) => {
    event.preventDefault();
    if (event.detail.href) open(event.detail.href);
    else add();
  });

  async function keep(sent) {
    if (sending) return;
    sending = true;
    const body = new URLSearchParams(new FormData(sent));
    body.set("part", "1");
    const fields = sent.querySelectorAll("textarea, input:not([type=hidden])");
    fields.forEach((one) => { one.readOnly = true; });  /* what is typed meanwhile would be lost */
    try {
      const answer = await fetch(sent.action, { method: "POST", body });
      const landed = new URL(answer.url).pathname;
      if (answer.status === 422) show(await answer.text()), (touched = true);
      else if (answer.ok && answer.redirected && form.action.startsWith(location.origin + landed)) kept(await answer.text());
      else throw new Error();
    } catch {
      const alert = sent.querySelector("[role=alert][hidden]");
      if (alert) Object.assign(alert, { textContent: call.dataset.silent, hidden: false });
    } finally {
      fields.forEach((one) => { one.readOnly = false; });
      sending = false;
    }
  }

  function kept(html) {
    show(html);
    field.value = "";
    field.focus();
  }

  call.addEventListener("input", () => { touched = true; });
  call.addEventListener("submit", (event) => {
    if (!("keep" in event.target.dataset)) return;
    event.preventDefault();
    keep(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const writing = call.querySelector("form[data-keep]");
    const saves = event.key === "Enter" || event.key.toLowerCase() === "s";
    if (document.querySelector("dialog[open]")) return;
    if (writing && saves && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      keep(writing);
    } else if (event.key === "Escape" && call.contains(document.activeElement)) {
      field.focus();
      field.select();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement === document.body) {
      field.focus();
    }
  });
  addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });
  if (!call.querySelector("[aria-invalid=true]")) (call.querySelector("textarea") || field).focus();
})();
