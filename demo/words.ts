/** What somebody who has started the demonstration gets to read. */
export interface Scene {
  readonly host: string;
  /** Where visitors ask: at HAProxy, or where there is none at a router. */
  readonly front: number;
  readonly admin: number;
  readonly token: string;
  /** State folder of the router that commands ask. */
  readonly folder: string;
  readonly logs: string;
  /** What is not there, a sentence each. */
  readonly missing: readonly string[];
}

/** Ends with the three things to try. */
export function invitation(scene: Scene): string {
  const { host, front, admin, token, folder, logs, missing } = scene;
  const command = `CELLGATE_STATE_DIR=${folder} bin/cellgate`;
  const left =
    missing.length === 0 ? '' : `\n${missing.map((sentence) => `  Without it: ${sentence}`).join('\n')}\n`;
  return `
  Running: blue and green, two instances each, behind ${missing.length === 0 ? 'HAProxy and two routers' : 'what is there'}.
  Blue gets all requests, forty a second; green waits. Logs are in ${logs},
  what the agent announces in ${logs}/routes
${left}
  Ask yourself:

    curl -H 'Host: ${host}' 127.0.0.1:${front}

  Three things to try:

  1. Let green take over, step by step, judged by what visitors get:

    ${command} cutover ${host} --from app:blue --to app:green --plan 10,50,100 --step-time 5s --window 5s --soak 5s

  2. Ask where a request would go, and why:

    ${command} explain http://${host}/

  3. Look at it in a browser, with the token ${token}

    http://127.0.0.1:${admin}/

  Ctrl-C ends all of it.
`;
}
