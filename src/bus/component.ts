import { inBackground } from '../boundary/boundary.ts';
import type { Owner } from '../boundary/owner.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Bus } from './bus.ts';

export interface ComponentOptions {
  readonly bus: Bus;
  /** What `/varz` shows, as JSON. */
  describe(): Promise<string>;
  readonly log: ComponentLog;
}

/** Makes the router known to who collects `/varz` of all components, as of old (docs/compatibility.md §1.2). */
export async function announceComponent({ bus, describe, log }: ComponentOptions): Promise<void> {
  const encoder = new TextEncoder();
  const owner: Owner = {
    kind: 'message',
    panic: (error) => log.error('error-json-marshaling', { error: String(error) }),
  };
  const answer = async (reply: string): Promise<void> => bus.publish(reply, encoder.encode(await describe()));
  bus.subscribe('vcap.component.discover', (subject, _payload, reply) => {
    if (reply === '') {
      log.info('Received message with empty reply', { subject });
      return;
    }
    inBackground(owner, answer(reply));
  });
  bus.publish('vcap.component.announce', encoder.encode(await describe()));
  log.info('Component Router registered successfully');
}
