/** `read`: look. `operate`: change what the router does. `debug`: see what may hold secrets of applications. */
export const RIGHTS = ['read', 'operate', 'debug'] as const;

export type Right = (typeof RIGHTS)[number];

/** Somebody who is known here; the name is what the audit log has of them. */
export interface Principal {
  readonly name: string;
  readonly rights: readonly Right[];
}

/** Who asks, and by what they are known. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'socket'; readonly principal: Principal }
  | { readonly kind: 'token'; readonly principal: Principal }
  | { readonly kind: 'session'; readonly principal: Principal; readonly session: string };

export const NOBODY: Caller = { kind: 'nobody' };

/** Who may open the socket may do everything: the file's mode has let them in. */
export const SOCKET: Caller = { kind: 'socket', principal: { name: 'socket', rights: RIGHTS } };
