// Starts a proxy thread in a program that is one file: the code and what V8 once made of it lie in that file. Errors
// name the code as `cellgate/proxy-thread.js`, as they would name a file.
const { getAsset, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

const script = new Script(getAsset('thread-code', 'utf8'), {
  filename: 'cellgate/proxy-thread.js',
  cachedData: Buffer.from(getRawAsset('thread-cache')),
});
script.runInThisContext()(require);
