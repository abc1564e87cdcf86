// Keeps the parts of a page that are marked data-live true: the page is fetched again, and parts that changed are
// replaced by what the server made of them. Times are shown in the reader's own zone.

const served = new Map(); // part's id -> its content as it was served

function parts(root) {
  return [...root.querySelectorAll('[data-live]')];
}

const sameDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const otherDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function showTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === new Date().toDateString();
    time.title = at.toISOString();
    time.textContent = (today ? sameDay : otherDay).format(at);
  }
}

let ahead = 0; // the server's clock minus this one, in milliseconds

function compareClocks(page) {
  ahead = Date.parse(page.body.dataset.now) - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

export function start() {
  for (const part of parts(document)) served.set(part.id, part.innerHTML);
  compareClocks(document);
  showTimes(document);
}

// replace puts new content in a part. Focus inside it stays on the element with the same id, if that can still take
// it, and goes to the heading otherwise.
function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : '';
  part.replaceChildren(...fresh.childNodes);
  showTimes(part);
  if (!focused) return;
  const again = document.getElementById(focused);
  (again && !again.disabled ? again : document.querySelector('h1')).focus();
}

// refresh fetches the page again and gives the answer's status; it throws when nothing answers.
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(15000) });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const fresh of parts(page)) {
    const part = document.getElementById(fresh.id);
    if (!part || served.get(fresh.id) === fresh.innerHTML) continue;
    served.set(fresh.id, fresh.innerHTML);
    replace(part, fresh);
  }
  if (page.body.dataset.now) compareClocks(page);
  return answer.status;
}
