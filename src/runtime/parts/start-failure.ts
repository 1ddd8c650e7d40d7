import { BusTlsInvalid } from '../../bus/bus-tls.ts';
import { BusUnreachable } from '../../bus/connect-bus.ts';
import { ListenError } from '../../status/listen.ts';
import { StartError } from '../settings/start-error.ts';

/** Why a router could not start, in a sentence for its operator; anything else as it is. @param event where none fits better */
export function startFailure(error: unknown, event?: string): unknown {
  if (error instanceof BusUnreachable) return new StartError(error.message, 'nats-connection-error');
  if (error instanceof BusTlsInvalid) return new StartError(error.message, 'nats-tls-config-invalid');
  if (error instanceof ListenError) return new StartError(error.message, event);
  return error;
}
