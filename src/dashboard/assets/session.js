import { signal } from '@preact/signals';

/**
 * Who looks on. `asking`: the router has not said yet. `in`: with a name and rights. `out`: nobody known; `why` says
 * what became of the one before, if there was one.
 */
export const session = signal({ kind: 'asking' });

/** With the code of the link, which is taken out of the address at once: so it is in no history and in no screenshot. */
export async function begin() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code !== null) {
    history.replaceState(null, '', location.pathname + location.search);
    const fault = await redeem({ code });
    if (fault === null) return;
    // Whoever opens an old link may be known all the same.
    if (!(await look())) session.value = { kind: 'out', why: fault };
    return;
  }
  if (!(await look())) session.value = { kind: 'out', why: null };
}

/** Null: it worked; else what was wrong. @param secret `{code}` or `{token}` */
export async function redeem(secret) {
  const answer = await fetch('/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(secret),
  }).catch(() => null);
  if (answer === null) return { detail: 'the router does not answer', hint: 'try again in a moment' };
  const told = await answer.json();
  if (!answer.ok) return told;
  session.value = { kind: 'in', name: told.name, rights: told.rights };
  return null;
}

export async function leave() {
  await fetch('/v1/session', { method: 'DELETE' }).catch(() => null);
  session.value = { kind: 'out', why: null };
}

/** The router knows nobody by this page any more. */
export function ended() {
  if (session.value.kind !== 'in') return;
  const detail = 'your session has ended';
  session.value = {
    kind: 'out',
    why: { detail, hint: 'a router forgets sessions after 12 hours, and when it starts' },
  };
}

export function may(right) {
  return session.value.kind === 'in' && session.value.rights.includes(right);
}

async function look() {
  const answer = await fetch('/v1/session').catch(() => null);
  if (!answer?.ok) return false;
  const { session: known } = await answer.json();
  if (known === null) return false;
  const { name, rights } = known;
  session.value = { kind: 'in', name, rights };
  return true;
}
