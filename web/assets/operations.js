// The operators' pages: shown anew every while, unless nobody looks.

import { refresh, start } from './live.js';

const every = 15000;

start();
setInterval(async () => {
  if (document.hidden) return;
  try {
    const status = await refresh();
    document.getElementById('pulse').textContent = status === 200 ? '' : 'Signed out, or Lifeline has a fault; please load the page again';
  } catch {
    document.getElementById('pulse').textContent = 'Lifeline does not answer; trying again';
  }
}, every);
