import { test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';
import { natsProtocolCases } from './nats-protocol.cases.ts';

natsProtocolCases('the embedded bus', (options) => EmbeddedBus.listen(options));

// The same cases on the original keep them honest.
if (findNatsServer() !== undefined) natsProtocolCases('nats-server', startNatsServer);
else test('nats-server passes the same cases', skipFor('nats-server is not installed'));
