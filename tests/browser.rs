//! The page of `fleet` in a browser: what its script makes of it, without a network. Where there is
//! no Chromium that is said.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::{capture, directory, isodoc, parts};
use serde_json::{Value, json};

/// What Chromium makes of a page, as it is after its scripts have run; none where there is none.
fn shown(page: &Path, fragment: &str) -> Option<String> {
    let profile = page.with_extension("profile");
    let mut command = Command::new("timeout");
    command.args(["120", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    command.args(["--virtual-time-budget=20000", "--host-resolver-rules=MAP * ~NOTFOUND"]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("file://{}#{fragment}", page.display()));
    let output = command.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        // What timeout(1) and a shell say of what is not there.
        Ok(output) if matches!(output.status.code(), Some(126 | 127)) => {
            println!("skipped: chromium is not installed");
            None
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(why) => {
            println!("skipped: chromium under timeout: {why}");
            None
        }
    }
}

/// The page of so many hosts: every third is refused.
fn page(dir: &Path, count: usize) -> String {
    let [works, refused] = ["host-root", "proc-masked-docker"].map(|name| -> Value {
        let path = capture(name);
        let mut command =
            isodoc(&["check", "--format", "json", "--snapshot", path.to_str().unwrap()]);
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
    });
    let input = dir.join("all.ndjson");
    let mut lines = String::new();
    for number in 0..count {
        let report = if number % 3 == 0 { &refused } else { &works };
        let part = |key: &str| (key.to_owned(), report[key].clone());
        let keys = ["schema_version", "verdict", "mechanisms", "platform", "vantage"];
        let mut small: Value = keys.into_iter().map(part).collect();
        small["host"] = json!(format!("web-{number:05}"));
        lines += &format!("{small}\n");
    }
    std::fs::write(&input, lines).unwrap();
    let mut command = isodoc(&["fleet", "--format", "html", input.to_str().unwrap()]);
    let (code, page, err) = parts(command.output().unwrap());
    assert_eq!((code, err.as_str()), (1, ""));
    page
}

#[test]
fn the_table_of_hosts_is_filtered_at_any_size() {
    for count in [10, 1_000, 10_000] {
        let dir = directory(&format!("browser-{count}"));
        let text = page(&dir, count);
        let path = dir.join("fleet.html");
        std::fs::write(&path, &text).unwrap();
        // What stands around the table is the same for all.
        assert!(text.len() < 20_000 + 250 * count, "{count}: {}", text.len());
        assert!(!text.contains("://"), "it names no other place");
        let refused = count.div_ceil(3);
        for (fragment, all, some) in [
            ("", count, count),
            ("hosts=refused", count, refused),
            ("hosts=web-00003+REFUSED", count, 1),
            ("hosts=%C3%A4", count, 0),
            ("hosts=%", count, 0),
        ] {
            let Some(dom) = shown(&path, fragment) else { return };
            let table = dom.split("<table id=\"hosts\">").nth(1).unwrap();
            let body = table.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
            let hidden = body.matches("<tr hidden").count();
            let rows = body.matches("<tr").count();
            assert_eq!((rows, rows - hidden), (all, some), "{count} #{fragment}");
            assert!(
                dom.contains(&format!("<output>{some} of {all}</output>")),
                "{count} #{fragment}"
            );
            if count > 10 && fragment.starts_with("hosts=w") {
                break;
            }
        }
    }
}
