/** What a configuration asks for and a machine has not got. */
export interface MachineFault {
  /** With an error the router does not start; with a warning it does, or it depends on who starts it, and when. */
  readonly kind: 'error' | 'warning';
  /** With the key that it is about, and what to do. */
  readonly sentence: string;
}
