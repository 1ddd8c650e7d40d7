import type { Engine } from './engine.ts';
import { LineServer } from './line-server.ts';
import { agentLine } from './route/agent-line.ts';

/** HAProxy sends its `agent-send` at once, if it has any. Milliseconds. */
const PATIENCE_MS = 250;

/**
 * Answers HAProxy's agent-check from the checks of the agent. The line that HAProxy sends (`agent-send`) is a route's name
 * or one of its uris; without one it is all routes of this agent.
 */
export function agentCheckServer(engine: Engine): LineServer {
  return new LineServer({
    patience: PATIENCE_MS,
    answer: (name) =>
      agentLine([...engine.routes].filter(({ route }) => name === '' || isCalled(route, name))),
  });
}

function isCalled(
  {
    name,
    announcement,
  }: { readonly name: string; readonly announcement: { readonly uris: readonly string[] } },
  asked: string,
): boolean {
  return name === asked || announcement.uris.includes(asked);
}
