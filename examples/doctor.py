#!/usr/bin/env python3
"""What a tool that runs jobs under bubblewrap says when its sandbox does not start."""
import json
import subprocess

done = subprocess.run(["isodoc", "check", "--for", "bubblewrap", "--format", "json"], capture_output=True, text=True)
if done.returncode == 2:
    raise SystemExit(done.stderr)
report = json.loads(done.stdout)
print(report["summary"])
for remedy in report["mechanisms"][0]["remedies"][:1]:
    print("What helps:", *remedy["commands"], sep="\n  ")
raise SystemExit(done.returncode)
