/* A job that goes on: the page is fetched again every few seconds, and what says how far it is takes its new place.
   Without this file the page loads itself again. */
(function () {
  "use strict";
  const PARTS = "[id^=progress-], #facts, #acts";
  let misses = 0;

  async function look() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if ([...document.querySelectorAll("[data-again]")].some((part) => !fresh.getElementById(part.id)))
      return location.reload();  /* it is over, and the page has something else to show */
    document.querySelectorAll(PARTS).forEach((part) => {
      const now = fresh.getElementById(part.id);
      if (now && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(now));
    });
    misses = 0;
  }

  /* a server that is silent is asked less and less often */
  async function again() {
    const going = document.querySelector("[data-again]");
    if (!going) return;
    await look().catch(() => (misses += 1));
    setTimeout(again, Number(going.dataset.again) * 1000 * (1 + misses));
  }

  setTimeout(again, 1000);
})();
