// Replaces the changing part of a form when the server has a newer one.
const state = document.getElementById("state");

async function refresh() {
  try {
    const answer = await fetch(state.dataset.src, { cache: "no-store" });
    if (!answer.ok) return;
    const next = document.createElement("div");
    next.innerHTML = await answer.text();
    const version = (root) => root.querySelector("[data-version]")?.dataset.version;
    if (version(next) !== version(state)) state.replaceChildren(...next.childNodes);
  } catch {
    // The instance is down; the next look may find it up again.
  }
}

setInterval(refresh, 2000);
