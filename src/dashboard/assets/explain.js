import { useEffect, useState } from 'preact/hooks';
import { Explanation, Told } from './explanation.js';
import { tell } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { ask, place } from './location.js';
import { Notice, sentence } from './notices.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The question is the address of the page: it can be passed on. */
export function Explain() {
  const { query } = place.value;
  return html`<${Screen} title="Explain">
    <p class="lead">Where a request would go, and why: decided by a proxy thread as it would decide, without sending anything.</p>
    <${Question} query=${query} />
    <${Answer} query=${query} />
    <${Looked} id=${query.get('id') ?? ''} />
  <//>`;
}

function Question({ query }) {
  const submit = (event) => {
    event.preventDefault();
    const { elements } = event.target;
    ask({
      method: elements.method.value === 'GET' ? '' : elements.method.value,
      url: elements.url.value.trim(),
      headers: elements.headers.value.trim(),
      client: elements.client.value.trim(),
      at: elements.everywhere.checked ? 'all' : '',
      id: '',
      // The same question may be asked again.
      n: query.has('n') || query.has('url') ? String(Number(query.get('n') ?? 0) + 1) : '',
    });
  };
  const method = query.get('method') ?? 'GET';
  const hasMore = query.has('headers') || query.has('client');
  return html`<form class="question" onSubmit=${submit} key=${query.get('url')}>
    <div class="question-line">
      <label class="unseen" for="method">Method</label>
      <select id="method" name="method">${METHODS.map((name) => html`<option key=${name} selected=${name === method}>${name}</option>`)}</select>
      <label class="unseen" for="url">URL, as the client writes it</label>
      <input id="url" name="url" type="text" inputmode="url" required defaultValue=${query.get('url') ?? ''} placeholder="https://shop.example.com/cart" spellcheck=${false} autocomplete="off" />
      <button type="submit" class="primary">Explain</button>
    </div>
    <details open=${hasMore}>
      <summary>Headers, client, routers</summary>
      <div class="fields">
        <label for="headers">Headers, a line each</label>
        <textarea id="headers" name="headers" rows="3" spellcheck=${false} defaultValue=${query.get('headers') ?? ''} placeholder="Cookie: JSESSIONID=…"></textarea>
        <label for="client">Address of the client</label>
        <input id="client" name="client" type="text" defaultValue=${query.get('client') ?? ''} placeholder="127.0.0.1" spellcheck=${false} />
        <label class="check"><input type="checkbox" name="everywhere" defaultChecked=${query.get('at') === 'all'} /> Ask all routers on this bus</label>
      </div>
    </details>
  </form>`;
}

/** Null: the text is no URL. */
function askedOf(query) {
  const written = query.get('url');
  const match = /^(?:(https?):\/\/)?([^/?#\s]+)([^#\s]*)/i.exec(written);
  if (match === null) return null;
  const [, scheme = 'http', host, rest] = match;
  const lines = (query.get('headers') ?? '').split('\n').map((line) => line.trim());
  return {
    method: query.get('method') ?? 'GET',
    host,
    target: rest === '' ? '/' : rest.startsWith('/') ? rest : `/${rest}`,
    lines: lines.filter((line) => line !== ''),
    tls: scheme.toLowerCase() === 'https',
    server_name: scheme.toLowerCase() === 'https' ? host.replace(/:\d+$/, '') : '',
    ...(query.get('client') ? { client_ip: query.get('client') } : {}),
    at: query.get('at') ?? '',
  };
}

function Answer({ query }) {
  const [told, setTold] = useState(null);
  const text = query.toString();
  useEffect(() => {
    if (!query.has('url')) {
      setTold(null);
      return;
    }
    let isWanted = true;
    const asked = askedOf(query);
    const work =
      asked === null
        ? Promise.resolve({
            ok: false,
            fault: { detail: 'this is no URL', hint: 'write it as https://HOST/PATH' },
          })
        : tell('POST', '/v1/explain', asked);
    work.then((answer) => isWanted && setTold(answer));
    return () => {
      isWanted = false;
    };
  }, [text]);
  return html`<div aria-live="polite">${told !== null && html`<${Given} told=${told} />`}</div>`;
}

function Given({ told }) {
  if (!told.ok)
    return html`<${Notice} level="look" title=${sentence(told.fault.detail)}><p>${sentence(told.fault.hint)}</p><//>`;
  const { routers, silent } = told.value;
  return html`${routers.map(({ id, explanation }) => html`<${Explanation} key=${id} id=${id} of=${explanation} />`)}
    ${silent.length > 0 && html`<${Notice} level="look" title=${`Not answered: ${silent.join(', ')}`}><p>The routers above have. Ask again, or look at the silent ones by their own admin addresses.</p><//>`}`;
}

function Looked({ id }) {
  const [told, setTold] = useState(null);
  useEffect(() => {
    let isWanted = true;
    if (id === '') setTold(null);
    else tell('GET', `/v1/requests/${encodeURIComponent(id)}`).then((answer) => isWanted && setTold(answer));
    return () => {
      isWanted = false;
    };
  }, [id]);
  const submit = (event) => {
    event.preventDefault();
    ask({
      id: event.target.elements.id.value.trim(),
      url: '',
      method: '',
      headers: '',
      client: '',
      at: '',
      n: '',
    });
  };
  return html`<section class="looked">
    <h2>What happened to a request</h2>
    <form class="question-line" onSubmit=${submit}>
      <label class="unseen" for="id">Its X-Vcap-Request-Id</label>
      <input id="id" name="id" type="text" required defaultValue=${id} placeholder="X-Vcap-Request-Id" spellcheck=${false} autocomplete="off" />
      <button type="submit">Look</button>
    </form>
    <p class="quiet">The last 512 on each proxy thread that failed, were tried again or took more than a second.</p>
    <div aria-live="polite">${told !== null && html`<${Told} told=${told} id=${id} />`}</div>
  </section>`;
}
