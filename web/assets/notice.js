// What the page says of the last press.

// show puts text in an element; addresses of the web in it can be followed. Nothing in it is ever markup.
export function show(element, text) {
  element.replaceChildren(...text.split(/(https?:\/\/\S+)/).map((piece, at) => (at % 2 ? link(piece) : piece)));
  element.hidden = text === '';
}

function link(address) {
  const anchor = document.createElement('a');
  Object.assign(anchor, { href: address, textContent: 'open this page', target: '_blank', rel: 'noopener noreferrer' });
  return anchor;
}

export function warn(text) {
  const element = document.getElementById('problem');
  show(element, text);
  if (text) element.scrollIntoView({ block: 'nearest' });
}

export function say(text) {
  document.getElementById('notice').textContent = text;
}
