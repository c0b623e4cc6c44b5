/* Small helps: the drawer on a phone, a question before loss, whole-row click, print. Everything works without. */
(function () {
  "use strict";
  const one = (selector, root) => (root || document).querySelector(selector);

  function toggleDrawer() {
    const open = document.body.classList.toggle("open");
    one(".scrim").hidden = !open;
    document.querySelectorAll("[aria-controls=side]").forEach((b) => b.setAttribute("aria-expanded", open));
    if (open) one(".side a")?.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer]")) return toggleDrawer();
    if (event.target.closest("[data-print]")) return window.print();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a,button,input")) window.location = row.dataset.href;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("open")) toggleDrawer();
    document.querySelectorAll("details.menu[open]").forEach((d) => event.key === "Escape" && d.removeAttribute("open"));
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
})();
