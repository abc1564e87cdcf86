// Keeps the list of sessions up to date.
"use strict";
const live = document.getElementById("live");

async function refresh() {
  try {
    const answer = await fetch(live.dataset.src, { cache: "no-store" });
    if (!answer.ok) return;
    const next = await answer.text();
    if (next === live.dataset.shown) return;
    live.dataset.shown = next;
    const focused = document.activeElement?.closest("#live a")?.getAttribute("href");
    live.innerHTML = next;
    if (focused) live.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  } catch {
    // The sandbox is away for the moment; the next look tries again.
  }
}

if (live) setInterval(refresh, 1500);
