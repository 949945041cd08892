#!/bin/sh
# What jsii starts as Node (JSII_NODE). Its own runtime is a second Node that does nothing but copy
# each message, thousands in a synthesis, to the kernel and back. Here Node is the kernel at once.
# Arguments: a flag for Node, and the unpacked runtime, FOLDER/bin/jsii-runtime.js.
exec node "$1" --preserve-symlinks --require "${0%.sh}.js" "${2%/bin/*}/lib/program.js"
