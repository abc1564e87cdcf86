// Keeps the live part of the page up to date. While somebody is typing in it, only the parts that hold no form change.
"use strict";
const live = document.getElementById("live");
let shown = "";

function busy() {
  const fields = live.querySelectorAll("input, textarea, select");
  return Array.from(fields).some((f) => f === document.activeElement || ("defaultValue" in f && f.value !== f.defaultValue))
    || live.querySelector("details[open]") !== null;
}

function show(html) {
  if (html === shown) return;
  if (!busy()) {
    live.innerHTML = html;
    shown = html;
    return;
  }
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of live.querySelectorAll("[data-part]")) {
    const twin = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (twin && twin.innerHTML !== part.innerHTML) part.innerHTML = twin.innerHTML;
  }
}

async function poll() {
  try {
    const answer = await fetch(live.dataset.live, { cache: "no-store" });
    if (answer.ok) show(await answer.text());
  } catch {
    // The simulator is away for the moment; the next poll tries again.
  }
  setTimeout(poll, 1500);
}
poll();
