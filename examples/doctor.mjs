#!/usr/bin/env node
// What a tool that runs jobs under bubblewrap says when its sandbox does not start.
import { spawnSync } from "node:child_process";

const done = spawnSync("isodoc", ["check", "--for", "bubblewrap", "--format", "json"], { encoding: "utf8" });
if (done.error || done.status === 2) throw done.error ?? new Error(done.stderr);
const report = JSON.parse(done.stdout);
console.log(report.summary);
const [remedy] = report.mechanisms[0].remedies;
if (remedy) console.log(["What helps:", ...remedy.commands].join("\n  "));
process.exitCode = done.status;
