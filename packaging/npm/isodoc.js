#!/usr/bin/env node
// Runs the program of the package for this system, and ends as it ends.
"use strict";
const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const name = `${require("./package.json").platforms}/isodoc-${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}/isodoc`);
} catch {
  console.error(
    `isodoc: there is no program for this system: the package ${name} is not installed. ` +
      "It is an optional dependency of isodoc: install without --no-optional, or build from source.",
  );
  process.exit(2);
}
const { error, signal, status } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`isodoc: cannot run ${program}: ${error.message}`);
  process.exit(2);
}
process.exit(status ?? 128 + constants.signals[signal]);
