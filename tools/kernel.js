"use strict";
// Loaded before jsii's kernel by kernel.sh: what jsii's runtime does for the kernel, in its process.
// The kernel speaks on file 3, which its parent would connect to its own input and output; and what
// packages print goes to the error output as lines of JSON, so that it is no message.
const fs = require("node:fs");
const path = require("node:path");
const { Writable } = require("node:stream");

const { readSync, writeSync } = fs;
const KERNEL = 3;
fs.writeSync = (file, ...rest) => writeSync(file === KERNEL ? 1 : file, ...rest);

for (const name of ["stdout", "stderr"]) {
  const write = (chunk, _encoding, done) => {
    fs.writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
    done();
  };
  Object.defineProperty(process, name, { value: new Writable({ write }) });
}

// While Python does something else, the modules of the CDK are loaded that the last synthesis
// needed, in its order: each is loaded once, now or when it is asked for. MLOPS_CDK_MODULES names
// the file that lists them.
const LIST = process.env.MLOPS_CDK_MODULES;
const PLACE = `${path.sep}node_modules${path.sep}`;
const PACKAGE = `aws-cdk-lib${path.sep}`;
const listed = lastTime();
let next = 0;

function lastTime() {
  try {
    const names = JSON.parse(fs.readFileSync(LIST, "utf8"));
    return names.filter((name) => name.startsWith(PACKAGE) && path.normalize(name) === name);
  } catch {
    return [];
  }
}

// The same input, opened again so that a read does not wait; where that is not possible, all wait.
let eager;
try {
  if (listed.length) eager = fs.openSync("/proc/self/fd/0", fs.constants.O_NONBLOCK);
} catch {}

function folder() {
  const found = Object.keys(require.cache).find((each) => each.includes(PLACE + PACKAGE));
  return found?.slice(0, found.indexOf(PLACE) + PLACE.length);
}

let place;
fs.readSync = (file, ...rest) => {
  if (file !== KERNEL) return readSync(file, ...rest);
  place ??= next < listed.length ? folder() : undefined;
  while (eager !== undefined && place && next < listed.length) {
    try {
      return readSync(eager, ...rest);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
    try {
      require(place + listed[next++]);
    } catch {} // what is gone is no longer asked for
  }
  return readSync(0, ...rest);
};

process.on("exit", () => {
  const root = LIST && folder();
  if (!root) return;
  const used = Object.keys(require.cache).filter((each) => each.startsWith(root + PACKAGE));
  const names = used.map((each) => each.slice(root.length));
  if (names.length === listed.length) return;
  const fresh = `${LIST}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(LIST), { recursive: true });
    fs.writeFileSync(fresh, JSON.stringify(names));
    fs.renameSync(fresh, LIST);
  } catch {
    fs.rmSync(fresh, { force: true });
  }
});
