import { randomUUID } from 'node:crypto';

/** By which a client is known again on a route whose split goes by users: it says nothing but that it is the same one. */
export const ARM_COOKIE = '__cellgate_arm';

const USER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNFIT_FOR_PATH = /[^\x20-\x7e]|;/g;

/** Null: it is none of ours. */
export function knownUser(cookie: string | undefined): string | null {
  return cookie !== undefined && USER.test(cookie) ? cookie : null;
}

export function newUser(): string {
  return randomUUID();
}

/** As Set-Cookie has it, until the client is closed. @param path of the route */
export function armCookie(user: string, path: string, secure: boolean): string {
  const end = secure ? '; Secure' : '';
  return `${ARM_COOKIE}=${user}; Path=${path.replace(UNFIT_FOR_PATH, '')}; HttpOnly; SameSite=Lax${end}`;
}
