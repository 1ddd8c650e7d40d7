import { useState } from 'preact/hooks';
import { html } from './html.js';
import { Notice, sentence } from './notices.js';
import { redeem, session } from './session.js';

export function SignIn() {
  const [fault, setFault] = useState(session.value.why);
  const [state, setState] = useState('idle');
  const submit = async (event) => {
    event.preventDefault();
    const { token } = event.target.elements;
    setState('asking');
    const wrong = await redeem({ token: token.value });
    setState('idle');
    setFault(wrong);
    if (wrong !== null) token.select();
  };
  return html`<main class="page narrow" id="main">
    <h1>Sign in</h1>
    <div role="alert">
      ${fault !== null && html`<${Notice} level="look" title=${sentence(fault.detail)}><p>${sentence(fault.hint)}</p><//>`}
    </div>
    <form class="sign-in" onSubmit=${submit}>
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required spellcheck=${false} />
      <button type="submit" class="primary" disabled=${state === 'asking'}>Sign in</button>
    </form>
    <p class="quiet">A token is one of <code>cellgate.admin.tokens</code>. A router that was started without a configuration prints a link that signs in by itself, once and within ten minutes.</p>
  </main>`;
}
