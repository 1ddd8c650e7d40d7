import type { AgentRoute } from './route/agent-route.ts';
import type { Announcement } from './route/announcement.ts';

/** What an engine tells whoever writes it down. */
export type AgentEvent =
  /** For the first time, or again after it was unregistered; told before it is said to routers. */
  | { readonly kind: 'registered'; readonly route: AgentRoute }
  | { readonly kind: 'heartbeat'; readonly route: AgentRoute }
  | {
      readonly kind: 'unregistered';
      readonly route: AgentRoute;
      /** What of it: others may announce the rest. */
      readonly announcement: Announcement;
    }
  | { readonly kind: 'check-failed'; readonly route: AgentRoute; readonly reason: string }
  | { readonly kind: 'healthy'; readonly route: AgentRoute }
  | { readonly kind: 'unhealthy'; readonly route: AgentRoute; readonly reason: string }
  | { readonly kind: 'draining'; readonly route: AgentRoute }
  /** Routers cannot be told that it is unregistered: its application has to go on until they are, or have forgotten it. */
  | { readonly kind: 'drain-unheard'; readonly route: AgentRoute }
  | { readonly kind: 'drained'; readonly route: AgentRoute }
  | { readonly kind: 'drain-called-off'; readonly route: AgentRoute }
  | {
      readonly kind: 'added';
      readonly route: AgentRoute;
      readonly source: string;
      /** It is the changed form of one that was there. */
      readonly isChanged: boolean;
    }
  | { readonly kind: 'removed'; readonly route: AgentRoute; readonly source: string }
  /** There is nobody to say it to: neither a bus nor a routing API is configured. */
  | { readonly kind: 'no-channel'; readonly route: AgentRoute };

export type AgentListener = (event: AgentEvent) => void;
