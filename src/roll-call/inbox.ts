/**
 * Whether a question may be answered there. Whoever asks must not have this router say something on any subject that it
 * may publish to, and they may not.
 */
export function isInbox(reply: string): boolean {
  return reply.startsWith('cellgate.v1.') || reply.startsWith('_INBOX.');
}
