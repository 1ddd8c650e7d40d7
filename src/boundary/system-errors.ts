/**
 * Has errors of the system, as the reset of a connection is one, without the lines that say where Node made them. Node asks each
 * for those when it ends a socket, nobody else does, and they take as long as a tenth of a TLS handshake. Other errors have theirs.
 */
export function keepSystemErrorsShort(): void {
  Error.prepareStackTrace = (error, frames) => {
    // As V8 does: what is traced may be no error, and have no text of its own.
    const title = Error.prototype.toString.call(error);
    return 'syscall' in error ? title : [title, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  };
}
