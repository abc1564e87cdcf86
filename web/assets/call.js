// Calls to the API, with its problem documents as errors that can be read.

// idempotencyKey makes a press that the network repeats one press.
function idempotencyKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

class Problem extends Error {}

export async function call(method, address, token, body) {
  const headers = { Authorization: 'Bearer ' + token, Accept: 'application/json' };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
    headers['Idempotency-Key'] = idempotencyKey();
  }
  const answer = await fetch(address, {
    method, headers, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}), signal: AbortSignal.timeout(30000),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem([content.detail || `Lifeline answered with an error (${answer.status}).`, content.signInUrl].filter(Boolean).join(' '));
  return content;
}

// problemText is what a person reads of a failed call.
export function problemText(problem) {
  if (!(problem instanceof Problem)) return 'Lifeline does not answer. Please try again.';
  return problem.message;
}
