import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Bus } from './bus.ts';

export interface ComponentOptions {
  readonly bus: Bus;
  /** What `/varz` shows, as JSON. */
  describe(): Promise<string>;
  readonly log: ComponentLog;
}

/** Makes the router known to who collects `/varz` of all components, as of old (gorouter.md §1.2). */
export async function announceComponent({ bus, describe, log }: ComponentOptions): Promise<void> {
  const encoder = new TextEncoder();
  bus.subscribe('vcap.component.discover', (subject, _payload, reply) => {
    if (reply === '') {
      log.info('Received message with empty reply', { subject });
      return;
    }
    describe().then(
      (json) => bus.publish(reply, encoder.encode(json)),
      (error: unknown) => log.error('error-json-marshaling', { error: String(error) }),
    );
  });
  bus.publish('vcap.component.announce', encoder.encode(await describe()));
  log.info('Component Router registered successfully');
}
