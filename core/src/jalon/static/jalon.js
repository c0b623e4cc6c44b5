/* Small helps: the drawer on a phone, a question before loss, whole-row click, print. Everything works without. */
(function () {
  "use strict";
  const one = (selector) => document.querySelector(selector);

  function toggleDrawer() {
    const open = document.body.classList.toggle("open");
    one(".scrim").hidden = !open;
    one(".page").inert = open;
    document.querySelectorAll("[aria-controls=side]").forEach((button) => button.setAttribute("aria-expanded", open));
    (open ? one(".side a") : one("[aria-controls=side]")).focus();
  }

  function closeMenus(besides) {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (menu !== besides) menu.removeAttribute("open");
    });
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (event.target.closest("[data-drawer]")) return toggleDrawer();
    if (event.target.closest("[data-print]")) return window.print();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a,button,input") && !String(getSelection())) location.assign(row.dataset.href);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = one("details.menu[open]");
    if (menu) {
      closeMenus();
      menu.querySelector("summary").focus();
    } else if (document.body.classList.contains("open")) toggleDrawer();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.agreed) return;
    event.preventDefault();
    const dialog = one("#confirm");
    one("#confirm-text").textContent = form.dataset.confirm;
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.agreed = "1";
      form.requestSubmit();
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });

  /* light or dark: kept in a cookie, so that the next page comes in it at once */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `jalon_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
  });

  /* what was typed and not saved is said beside the button, and not left without a question; Ctrl+S saves */
  const saved = one(".savebar")?.closest("form");
  let touched = false;
  let sending = false;
  saved?.addEventListener("input", () => {
    if (touched) return;
    touched = true;
    const mark = Object.assign(document.createElement("span"), { className: "unsaved", textContent: document.body.dataset.unsaved });
    mark.setAttribute("role", "status");
    one(".savebar").append(mark);
  });
  document.addEventListener("submit", (event) => { sending = !event.defaultPrevented; });
  addEventListener("beforeunload", (event) => { if (touched && !sending) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (!saved || event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    saved.requestSubmit(saved.querySelector(".savebar .primary"));
  });

  /* the record before or after in the list: J and K, or with Alt from within a field */
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const inField = event.target.closest("input, select, textarea, dialog, [contenteditable]");
    if (!step || event.ctrlKey || event.metaKey || event.shiftKey || (event.key.length > 1) !== event.altKey) return;
    if (inField && (!event.altKey || inField.matches("select, dialog"))) return;
    const link = one(`[data-step="${step}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });

  /* an address proposed from a name, as long as nobody typed another; the server checks it */
  const source = one("[data-proposes]");
  const target = source && document.getElementById(source.dataset.proposes);
  const slug = (name) => name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/[^a-z0-9]+/g, "-").replace(/^[-0-9]+/, "").slice(0, 31).replace(/-+$/, "");
  if (target && !target.value) {
    let proposed = "";
    source.addEventListener("input", () => {
      if (target.value === proposed) target.value = proposed = slug(source.value);
    });
  }

  one("[aria-invalid=true]")?.focus();
})();
