import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Away, Refused } from './decision-store.ts';

/** The part of nats-server's errors that say "not now". */
const UNAVAILABLE = 503;
const PERMISSION = /permissions violation/i;

export function isConflict(error: unknown): boolean {
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return hasCode(error, StreamWrongLastSequence) || hasCode(error, StreamWrongLastSequenceUnknown);
}

export function isBucketAbsent(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}

/** Nobody answers for JetStream there: it is off, or off for this account, or no stream has the subject. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** What an error means for a write; conflicts apart. */
export function faultOutcome(error: unknown): Away | Refused {
  const message = error instanceof Error ? error.message : String(error);
  const isFinal =
    PERMISSION.test(message) || (error instanceof JetStreamApiError && error.status !== UNAVAILABLE);
  return { outcome: isFinal ? 'refused' : 'away', why: `JetStream: ${message}` };
}

/** Whether this NATS has JetStream for this account. */
export async function probeJetStream(
  connection: NatsConnection,
  timeout: number,
): Promise<'yes' | 'no' | 'unknown'> {
  try {
    await jetstreamManager(connection, { timeout });
    return 'yes';
  } catch (error) {
    if (isUnanswered(error)) return 'no';
    return error instanceof JetStreamApiError ? 'yes' : 'unknown';
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
