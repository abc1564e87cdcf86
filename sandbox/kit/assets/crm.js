// Shows times in the reader's own zone, and replaces the changing part of a form when the server has a newer one.
"use strict";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) time.textContent = moment.format(new Date(time.dateTime));
}

const state = document.getElementById("state");

async function refresh() {
  try {
    const answer = await fetch(state.dataset.src, { cache: "no-store" });
    if (!answer.ok) return;
    const next = document.createElement("div");
    next.innerHTML = await answer.text();
    const version = (root) => root.querySelector("[data-version]")?.dataset.version;
    if (version(next) === version(state)) return;
    localTimes(next);
    state.replaceChildren(...next.childNodes);
  } catch {
    // The service is down; the next look may find it up again.
  }
}

localTimes(document);
if (state) setInterval(refresh, 1500);
