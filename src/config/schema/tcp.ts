/** Keys below `cellgate.tcp`: the TCP router. */
export const tcpKeys = {};
