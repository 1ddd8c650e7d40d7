/** What to destroy a stream with, so that Node says RST_STREAM; `close` may say END_STREAM first, as if all had come. */
export const CUT_OFF = new Error('cut off');
