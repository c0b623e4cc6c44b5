/* A desk left alone covers itself. The page below stays as it is, so that nothing typed is lost. */
(function () {
  "use strict";
  const dialog = document.querySelector("#lock");
  const form = dialog.querySelector("form");
  const [said, password, code] = ["[role=alert]", "[name=jalon_password]", "[name=jalon_code]"].map((s) => form.querySelector(s));
  const idle = Number(dialog.dataset.idle) * 1000;
  let ends = Date.now() + idle;
  let active = false;
  let unlocked = true;
  let timer;

  async function send(address, body) {
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
      return await answer.json();
    } catch {
      return { silent: true };
    }
  }

  function ask() {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    if (active) body.set("active", "1");
    active = false;
    return send(dialog.dataset.presence, body);
  }

  /* Only the server knows what other tabs did meanwhile; it is asked when somebody was active here, or time is up. */
  async function look() {
    clearTimeout(timer);
    const due = active || dialog.open || Date.now() >= ends;
    const state = due ? await ask() : { left: (ends - Date.now()) / 1000 };
    if (state.left > 0) return goOn(state.left);
    if (!dialog.open) cover(state);
  }

  function goOn(left) {
    ends = Date.now() + left * 1000;
    unlocked = true;
    if (dialog.open) dialog.close();
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(left * 1000 + 50, idle / 4, 60000));
  }

  function cover(state) {
    unlocked = false;
    form.reset();
    dialog.showModal();
    show(state);
    password.focus();
  }

  function show(state) {
    if (state.code) code.parentElement.hidden = false;
    said.textContent = state.refusal || (state.gone && dialog.dataset.gone) || (state.silent && dialog.dataset.silent) || "";
    said.hidden = !said.textContent;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const state = await send(form.action, new URLSearchParams(new FormData(form)));
    password.value = code.value = "";
    if (state.left > 0) return goOn(state.left);
    show(state);
    password.focus();
  });

  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => unlocked || dialog.showModal());
  ["keydown", "pointerdown", "input"].forEach((kind) => document.addEventListener(kind, () => (active = !dialog.open), true));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  goOn(idle / 1000);
})();
