"use strict";
// Loaded before jsii's kernel by kernel.sh: what jsii's runtime does for the kernel, in its process.
// The kernel speaks on file 3, which its parent would connect to its own input and output; and what
// packages print goes to the error output as lines of JSON, so that it is no message.
const fs = require("node:fs");
const { Writable } = require("node:stream");

const { readSync, writeSync } = fs;
const KERNEL = 3;
fs.readSync = (file, ...rest) => readSync(file === KERNEL ? 0 : file, ...rest);
fs.writeSync = (file, ...rest) => writeSync(file === KERNEL ? 1 : file, ...rest);

for (const name of ["stdout", "stderr"]) {
  const write = (chunk, _encoding, done) => {
    fs.writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
    done();
  };
  Object.defineProperty(process, name, { value: new Writable({ write }) });
}
