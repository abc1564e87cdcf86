// The agent's panel: presses the buttons at the API, and follows the session.

import { call, problemText } from './call.js';
import { now, refresh, showTimes, start } from './live.js';
import { say, warn } from './notice.js';
import { openShare } from './share.js';

const panel = document.getElementById('panel');
const { api, token } = panel.dataset;
const press = (path, body) => call('POST', api + path, token, body);

// --- following ---

const every = 5000;
let source, again, updating, wanted, dead;
let live = false; // the stream brings news; until it does, the panel looks by itself

function pulse(text) {
  const sign = document.getElementById('pulse');
  if (sign.textContent !== text) sign.textContent = text;
}

const stateShown = () => document.getElementById('heading').dataset.state;

// update shows the session as it is now. Calls that come meanwhile are one more call after it.
async function update() {
  if (dead) return;
  if (updating) {
    wanted = true;
    return;
  }
  updating = true;
  const before = stateShown();
  try {
    const status = await refresh();
    if (status === 401) {
      dead = true;
      location.reload();
      return;
    }
    pulse(live ? 'Live' : 'Looking every few seconds');
  } catch {
    pulse('Lifeline does not answer; trying again');
  } finally {
    updating = false;
  }
  if (before !== stateShown()) showHistory();
  if (wanted) {
    wanted = false;
    update();
  }
}

function listen() {
  source = new EventSource(api + '/session/events?t=' + encodeURIComponent(token));
  source.addEventListener('session', () => {
    live = true;
    update();
  });
  source.addEventListener('error', () => {
    live = false;
    update();
    if (source.readyState === EventSource.CLOSED) again = setTimeout(listen, every); // else the browser tries again itself
  });
}

// A hidden panel listens to nothing: browsers open only a few streams to one host, and agents keep many records open.
function follow() {
  source.close();
  clearTimeout(again);
  live = false;
  if (!document.hidden) listen();
}

function poll() {
  if (!live && !document.hidden) update();
}

async function showHistory() {
  const list = document.getElementById('history');
  try {
    const answer = await fetch(panel.dataset.history + '?t=' + encodeURIComponent(token), { signal: AbortSignal.timeout(30000) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    list.replaceChildren(...page.getElementById('history').childNodes);
    showTimes(list);
  } catch {
    list.textContent = 'The history cannot be shown now.';
  }
}

function countDown() {
  const left = document.getElementById('left');
  if (!left) return;
  const seconds = Math.round((Date.parse(left.dataset.until) - now()) / 1000);
  if (seconds === 0) update();
  left.textContent = seconds > 0 ? `, ${duration(seconds)} left` : '';
}

function duration(seconds) {
  const hours = Math.floor(seconds / 3600);
  const rest = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, '0')).join(':');
  return hours > 0 ? `${hours}:${rest}` : rest;
}

// --- acting ---

// join opens the window while the click still counts as the agent's, and leads it into the session afterwards.
async function join() {
  const opened = window.open('', '_blank');
  if (opened) opened.opener = null;
  try {
    const { technicianLink } = await press('/session/join');
    if (opened) opened.location.replace(technicianLink);
    else warn('The browser kept the new window closed. Open the session yourself: ' + new URL(technicianLink, location.href));
  } catch (problem) {
    opened?.close();
    throw problem;
  }
}

function sure() {
  const dialog = document.getElementById('close-dialog');
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'close'), { once: true });
  });
}

async function close() {
  if (await sure()) await press('/session/close');
}

const actions = {
  new: () => press('/session'),
  renew: () => press('/session/renew'),
  retry: () => press('/session/retry'),
  share: () => openShare(api, token),
  join,
  close,
};

let busy = false;

async function act(button) {
  if (busy) return;
  busy = true;
  button.setAttribute('aria-busy', 'true');
  warn('');
  say('');
  try {
    await actions[button.dataset.action]();
  } catch (problem) {
    warn(problemText(problem));
  } finally {
    busy = false;
    button.removeAttribute('aria-busy');
  }
  update();
}

// copy takes the clipboard where the browser gives it, which it does not in every frame, and the selection elsewhere.
async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(from.textContent);
  } catch {
    getSelection().selectAllChildren(from);
    if (!document.execCommand('copy')) {
      warn('The browser does not let this page copy. The text is selected: press Ctrl+C.');
      return;
    }
  }
  say('Copied.');
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.action) act(button);
  if (button?.dataset.copy) copy(button);
});
document.addEventListener('visibilitychange', follow);
setInterval(countDown, 1000);
setInterval(poll, every);

start();
countDown();
showHistory();
listen();
