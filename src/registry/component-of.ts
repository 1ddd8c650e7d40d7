import type { RouteMessage } from '../bus/route-message.ts';

/** The metric label: system components name themselves in a tag, applications do not. */
export function componentOf(message: RouteMessage): string {
  return message.tags?.['component'] ?? '';
}
