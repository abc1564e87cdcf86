// Shows changes to the page's live part. While somebody fills in a form there, only the parts without forms change.
"use strict";
const live = document.getElementById("live");

function filledIn(field) {
  return field === document.activeElement || ("defaultValue" in field && field.value !== field.defaultValue);
}

function inUse() {
  return live.querySelector("details[open]") !== null || [...live.querySelectorAll("input, textarea, select")].some(filledIn);
}

function replaceParts(fresh) {
  for (const part of live.querySelectorAll("[data-part]")) {
    const twin = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (twin && twin.innerHTML !== part.innerHTML) part.innerHTML = twin.innerHTML;
  }
}

let last = "";

async function look() {
  try {
    const answer = await fetch(live.dataset.live, { cache: "no-store" });
    const text = await answer.text();
    if (answer.ok && text !== last) {
      if (inUse()) {
        replaceParts(new DOMParser().parseFromString(text, "text/html"));
      } else {
        live.innerHTML = text;
        last = text;
      }
    }
  } catch {
    // The simulator is away for the moment; the next look tries again.
  }
  setTimeout(look, 1500);
}

look();
