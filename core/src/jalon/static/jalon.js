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
    if (event.target.closest("[data-close]")) return event.target.closest("dialog").close();
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

  one("form [aria-invalid=true]")?.focus();
})();

/* Lists: filters and the quick view are fetched where they are asked for; the row is walked by keyboard. */
(function () {
  "use strict";
  const PART = { headers: { "X-Jalon-Part": "1" } };

  /* what the server sends for a part of the page; where it sends a whole page instead (signed out), that page is opened */
  async function part(link, into) {
    const answer = await fetch(link.href, PART);
    const text = answer.ok && !answer.redirected ? await answer.text() : "<!DOCTYPE";
    if (text.startsWith("<!DOCTYPE")) return location.assign(link.href);
    into.innerHTML = text;
    into.querySelector("[autofocus], input:not([type=hidden]), a, button")?.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[data-part]");
    if (link) {
      event.preventDefault();
      part(link, link.closest("[data-parts]"));
    }
    const glance = event.target.closest("a[data-glance]");
    if (glance) {
      event.preventDefault();
      const dialog = document.getElementById("glance");
      part(glance, dialog.querySelector("[data-inside]")).then(() => dialog.open || dialog.showModal());
    }
    if (event.target.id === "glance") event.target.close();
    const move = event.target.closest("[data-places] button");
    if (move) {
      const place = move.closest("li");
      const other = move.name === "up" ? place.previousElementSibling : place.nextElementSibling;
      event.preventDefault();
      if (other) move.name === "up" ? other.before(place) : other.after(place);
      move.focus();
    }
  });

  /* the menu begins anew when it is closed */
  document.querySelectorAll("[data-parts]").forEach((box) => {
    const first = box.innerHTML;
    box.closest("details").addEventListener("toggle", (event) => {
      if (!event.target.open) box.innerHTML = first;
    });
  });

  /* ticked rows are counted, and one tick does for a page */
  const all = document.querySelector("[data-all]");
  const ticks = () => [...document.querySelectorAll("input[form=bulk]")];
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => ticks().forEach((tick) => { tick.checked = all.checked; }));
    document.addEventListener("change", () => {
      const ticked = ticks().filter((tick) => tick.checked).length;
      const told = document.querySelector("[data-ticked]");
      all.checked = ticked === ticks().length;
      told.dataset.word ||= told.textContent;
      told.textContent = `${told.dataset.word} : ${ticked}`;
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    const search = document.querySelector("[data-slash]") || document.querySelector("main [type=search], .quick [type=search]");
    if (event.key === "/" && search) {
      event.preventDefault();
      return search.select();
    }
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const links = [...document.querySelectorAll("table.linked .rowlink")];
    const here = links.indexOf(document.activeElement);
    if (step && links.length && (here >= 0 || event.key.length === 1)) {
      event.preventDefault();
      links[Math.max(0, Math.min(links.length - 1, here + step))].focus();
    } else if (event.key === " " && here >= 0) {
      event.preventDefault();
      links[here].closest("tr").querySelector("[data-glance]").click();
    }
  });
})();

/* One place to ask: a box whose answers stand below it, chosen with arrows and Enter. Without script it is a form. */
(function () {
  "use strict";
  document.querySelectorAll("form[data-asks]").forEach((form) => {
    const [input, hits, said, leave] = ["[type=search]", ".hits", "[role=status]", "[data-leave]"].map((s) => form.querySelector(s));
    const pops = "pops" in form.dataset;
    const marks = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    Object.entries(marks).forEach(([name, value]) => input.setAttribute(name, value));
    let timer, number = 0, fresh = false, entered = false, from;
    const options = () => [...hits.querySelectorAll("[role=option]:not([aria-disabled])")];
    const marked = () => hits.querySelector("[aria-selected=true]");

    function mark(option) {
      marked()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    }

    function close() {
      clearTimeout(timer);
      number += 1;
      fresh = entered = false;
      hits.hidden = true;
      hits.replaceChildren();
      mark();
      input.removeAttribute("aria-controls");
      input.setAttribute("aria-expanded", "false");
    }

    async function ask() {
      const mine = ++number;
      const body = new URLSearchParams(new FormData(form));
      body.set("part", "1");
      let words = "";
      try {
        const answer = await fetch(form.dataset.asks, { method: "POST", body });
        if (answer.ok && !answer.redirected) words = await answer.text();
      } catch { /* the form itself can still be sent */ }
      if (mine !== number) return;
      if (!words) return close();
      hits.innerHTML = words;
      const list = hits.querySelector("[role=listbox]");
      hits.hidden = false;
      fresh = true;
      options().forEach((option) => option.setAttribute("aria-selected", "false"));
      input.setAttribute("aria-controls", list.id);
      input.setAttribute("aria-expanded", "true");
      said.textContent = list.dataset.said;
      mark(options()[0]);
      if (entered && "href" in (marked()?.dataset ?? {})) choose(marked());
      entered = false;
    }

    function choose(option) {
      if (!option) return;
      const { href, then } = option.dataset;
      const wanted = new CustomEvent("chosen", { detail: { href, then }, cancelable: true });
      if (!form.dispatchEvent(wanted)) return close();
      if (href) return location.assign(href);
      form.elements.then.value = then;
      form.requestSubmit();
    }

    function step(key) {
      const all = options(), at = all.indexOf(marked());
      mark(all[{ ArrowDown: (at + 1) % all.length, ArrowUp: (at + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[key]]);
    }

    function open() {
      from = document.activeElement === input ? from : document.activeElement;
      form.classList.add("open");
      leave.hidden = false;
      input.focus();
      input.select();
      ask();
    }

    function shut() {
      close();
      form.classList.remove("open");
      leave.hidden = true;
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      number += 1;
      fresh = false;
      if (!pops && !input.value.trim()) return close();
      timer = setTimeout(ask, 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") {
        if (fresh && marked()) choose(marked());
        else if (pops) return;
        else entered = Boolean(input.value.trim());
        event.preventDefault();
      } else if (event.key === "Escape" && (!hits.hidden || form.classList.contains("open"))) {
        event.preventDefault();
        event.stopPropagation();
        if (!pops) return close();
        shut();
        from?.focus();
      } else if (fresh && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
        event.preventDefault();
        step(event.key);
      }
    });
    hits.addEventListener("mousedown", (event) => event.preventDefault());
    hits.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && !option.ariaDisabled) choose(option);
    });
    if (!pops) return;
    input.addEventListener("click", () => hits.hidden && ask());
    leave.addEventListener("click", () => { shut(); from?.focus(); });
    form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || shut());
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-ask]")) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (!document.querySelector("dialog[open]") && !document.body.classList.contains("open")) open();
    });
  });
})();
