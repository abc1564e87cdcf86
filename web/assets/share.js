// The dialog that sends a contact the session's link.

import { call, problemText } from './call.js';
import { say, show } from './notice.js';

const someoneElse = 'other';
const field = (name) => document.getElementById('share-' + name);
let contacts = [];

function option(value, text) {
  return new Option(text, value);
}

function contactText({ name, email }) {
  if (!email) return `${name} (no e-mail address)`;
  return name ? `${name} <${email}>` : email;
}

function fill(answer) {
  contacts = answer.contacts;
  field('contact').replaceChildren(...contacts.map((c, at) => option(String(at), contactText(c))), option(someoneElse, 'Someone else…'));
  field('template').replaceChildren(...answer.templates.map((t) => option(t.id, t.language ? `${t.title} (${t.language})` : t.title)));
}

function showOther() {
  field('other').hidden = field('contact').value !== someoneElse;
}

function chosen() {
  if (field('contact').value !== someoneElse) return contacts[Number(field('contact').value)];
  return { name: field('name').value.trim(), email: field('email').value.trim() };
}

function fault(to) {
  if (field('contact').value !== someoneElse) return '';
  if (!to.email && field('channel').value !== 'mailto') return 'Please give an e-mail address.';
  return field('email').validity.valid ? '' : 'This is not an e-mail address.';
}

let busy = false;

async function send(api, token) {
  const to = chosen();
  show(field('problem'), fault(to));
  if (busy || fault(to)) return;
  busy = true;
  field('send').setAttribute('aria-busy', 'true');
  try {
    const body = { to, templateId: field('template').value, channel: field('channel').value };
    done(await call('POST', api + '/session/share', token, body), to);
  } catch (problem) {
    show(field('problem'), problemText(problem));
  } finally {
    busy = false;
    field('send').removeAttribute('aria-busy');
  }
}

function done(shared, to) {
  if (shared.mailto?.startsWith('mailto:')) {
    field('mailto').href = shared.mailto;
    field('draft').hidden = false;
    field('mailto').focus();
    return;
  }
  field('dialog').close();
  const who = to.name || to.email;
  say(shared.status === 'queued' ? `The invitation to ${who} waits to be sent.` : `The invitation to ${who} is on its way.`);
}

// openShare resolves when the dialog is closed.
export async function openShare(api, token) {
  fill(await call('GET', api + '/templates', token));
  const dialog = field('dialog');
  show(field('problem'), '');
  field('draft').hidden = true;
  showOther();
  field('contact').onchange = showOther;
  field('cancel').onclick = () => dialog.close();
  field('form').onsubmit = (event) => {
    event.preventDefault();
    send(api, token);
  };
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
}
