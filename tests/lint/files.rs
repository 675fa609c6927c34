//! Which files `lint` reads, and what it says of the others.

use super::*;

const CIRCLE: &str = "version: 2.1\njobs:\n  b:\n    docker:\n      - image: cimg/go\n    steps:\n      \
    - run: docker run --privileged --name g1 alpine\n";
const WORKFLOW: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    container: {image: \
    x, options: --privileged}\n    steps: [{run: make}]\n";

/// A file of a kind that is not read is no error; what else was given is judged.
#[test]
fn a_kind_that_is_not_read_is_said_by_its_name() {
    let dir = files("lint-foreign", &[("ci.yml", CIRCLE), ("a.yml", WORKER)]);
    let (code, report) = json(&dir, &["ci.yml"]);
    let file = &report["files"][0];
    assert_eq!((code, file["kind"].as_str()), (3, Some("not-read")), "{report}");
    assert!(file["error"].is_null());
    let said = "a CircleCI pipeline; isodoc does not read these";
    assert_eq!(file["findings"][0]["title"], said);
    let (code, out, _) = lint(&dir, &["ci.yml"]);
    assert_eq!(code, 3);
    assert!(out.starts_with(&format!("ci.yml: {said}\n")), "{out}");
    let (code, report) = json(&dir, &["ci.yml", "a.yml"]);
    assert_eq!((code, report["verdict"].as_str()), (1, Some("unsupported")));
    // It is not edited, whatever else is asked.
    let (code, out, _) = lint(&dir, &["--fix", "--all", "ci.yml"]);
    assert_eq!((code, out.as_str()), (3, format!("ci.yml: {said}\n").as_str()));
    assert_eq!(std::fs::read_to_string(dir.join("ci.yml")).unwrap(), CIRCLE);
    // By standard input as well.
    let (code, out, _) = parts(fed(&["lint", "-"], CIRCLE));
    assert!(code == 3 && out.contains(said), "{out}");
}

#[test]
fn a_directory_is_walked() {
    let dir = files(
        "lint-walk",
        &[
            ("compose.yaml", WORKER),
            ("compose.override.yaml", "services:\n  worker:\n    privileged: true\n"),
            ("k8s/pod.yml", &pods(1)),
            ("k8s/service.yml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"),
            ("k8s/route.yml", "apiVersion: x.io/v1\nkind: Route\nmetadata: {name: a}\n"),
            ("chart/templates/a.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  {{- toYaml . }}\n"),
            (".github/workflows/ci.yml", WORKFLOW),
            (".circleci/config.yml", CIRCLE),
            ("Dockerfile", "FROM x\nRUN y\n"),
            ("data.json", "{\"a\": [1, 2]}"),
            ("notes.yml", "{% if a %}\n- b: [\n"),
            ("LICENSE", "Permission is granted\n"),
            ("src/main.rs", "// docker run --privileged x\n"),
            ("ignored/compose.yml", WORKER),
            (".gitignore", "ignored/\n"),
            (".git/compose.yml", WORKER),
        ],
    );
    std::fs::write(dir.join("binary.yml"), [b'a', 0, 255]).unwrap();
    let (code, report) = json(&dir, &["."]);
    let paths: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    let read = [".github/workflows/ci.yml", "compose.yaml", "k8s/pod.yml", "k8s/route.yml"];
    assert_eq!(paths, [&read[..], &["k8s/service.yml"]].concat());
    assert_eq!(report["files"][1]["containers"][0]["verdict"], "supported");
    assert_eq!((code, report["walked"]["read"].as_u64()), (1, Some(6)));
    let over: Vec<(&str, &str)> = report["walked"]["passed_over"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file["name"].as_str().unwrap()))
        .collect();
    assert_eq!(
        over,
        [
            (".circleci/config.yml", "a CircleCI pipeline"),
            ("Dockerfile", "a Dockerfile"),
            ("chart/templates/a.yaml", "a template that is not rendered"),
        ]
    );
    assert_eq!(report["walked"]["others"], 4, "{report}");
    let (_, out, _) = lint(&dir, &["."]);
    assert!(
        out.contains("6 files read, 7 skipped: CircleCI pipeline (1), Dockerfile (1)"),
        "{out}"
    );
    assert!(!out.contains("nothing to judge") && !out.contains("custom-resource"), "{out}");
    // A file that is named is judged as such, whatever leaves it out, and once.
    let (_, report) = json(&dir, &["k8s", "k8s/pod.yml", "ignored/compose.yml"]);
    let paths: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["k8s/route.yml", "k8s/service.yml", "k8s/pod.yml", "ignored/compose.yml"]);
}

#[test]
fn what_is_broken_in_a_directory_is_an_error_where_it_is_of_a_kind_that_is_read() {
    let dir = files(
        "lint-walk-broken",
        &[
            ("a/compose.yml", "services:\n\tweb: {}\n"),
            ("b/compose.yml", "services:\n  web: x\n"),
            ("c/x.yml", "a: [\n"),
            ("d/run.sh", "docker run 'x\n"),
            ("e/pod.yml", "apiVersion: v1\nkind: Pood\n"),
        ],
    );
    let (code, report) = json(&dir, &["."]);
    let errors: Vec<(&str, Option<u64>)> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file["error"]["line"].as_u64()))
        .collect();
    assert_eq!(code, 2);
    assert_eq!(
        errors,
        [
            ("a/compose.yml", Some(2)),
            ("b/compose.yml", Some(2)),
            ("d/run.sh", Some(1)),
            ("e/pod.yml", Some(2))
        ]
    );
    // Nothing in it at all.
    let empty = files("lint-walk-empty", &[("README.md", "# A\n")]);
    let (code, out, _) = lint(&empty, &["."]);
    assert_eq!(code, 3);
    assert!(out.contains("Nothing was judged"), "{out}");
}

#[test]
fn a_directory_is_fixed_file_by_file() {
    let dir = files(
        "lint-walk-fix",
        &[
            ("a.yml", WORKER),
            ("b/c.yml", WORKER),
            (".circleci/config.yml", CIRCLE),
            ("x.json", "{}"),
        ],
    );
    let (code, out, err) = lint(&dir, &["--fix", "."]);
    assert_eq!(code, 0, "{out}{err}");
    for path in ["a.yml", "b/c.yml"] {
        assert_ne!(std::fs::read_to_string(dir.join(path)).unwrap(), WORKER);
    }
    assert_eq!(std::fs::read_to_string(dir.join(".circleci/config.yml")).unwrap(), CIRCLE);
}

#[test]
fn a_thousand_files_take_no_time_worth_speaking_of() {
    let kinds = [WORKER.to_owned(), CIRCLE.to_owned(), WORKFLOW.to_owned(), pods(3)];
    let names: Vec<(String, &str)> = (0..1000)
        .map(|at| (format!("d{}/f{at}.yml", at % 17), kinds[at % kinds.len()].as_str()))
        .collect();
    let listed: Vec<(&str, &str)> =
        names.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let dir = files("lint-walk-thousand", &listed);
    let (seconds, out) = timed(&dir, &["--format", "json", "."]);
    let report: Value = serde_json::from_str(&out).unwrap();
    // All but the pipelines.
    assert_eq!(report["walked"]["read"].as_u64(), Some(750));
    // Not optimised.
    assert!(seconds < 10.0, "{seconds}");
}

/// Where nothing asks, nothing was judged: the first line says so, and how to choose.
#[test]
fn who_asks_for_isolation_can_be_told() {
    let dir = files(
        "lint-none",
        &[
            ("a.yml", "services:\n  web:\n    image: registry/team/worker:3\n"),
            ("b.yml", "services:\n  jail:\n    image: pwn.red/jail:0.3\n  db: {image: postgres}\n"),
            ("c.yml", "services:\n  b:\n    image: ghcr.io/puppeteer/puppeteer:24\n"),
            (
                "d.yml",
                "services:\n  s:\n    image: ghcr.io/windmill-labs/windmill:main\n    environment: \
                    [MODE=server]\n",
            ),
        ],
    );
    let (code, out, _) = lint(&dir, &["a.yml"]);
    let first = out.lines().next().unwrap();
    assert!(code == 0 && first.starts_with("No container asks for isolation"), "{out}");
    assert!(out.contains("--all") && out.contains("--image 'GLOB=MECHANISM'"), "{out}");
    assert_eq!(lint(&dir, &["a.yml", "--fail-on-none"]).0, 3);
    assert_eq!(json(&dir, &["a.yml", "--fail-on-none"]).1["verdict"], "unknown");
    assert_eq!(lint(&dir, &["a.yml", "--fail-on-none", "--all"]).0, 1);
    assert_eq!(lint(&dir, &["a.yml", "--fail-on-none", "--fix", "--diff"]).0, 3);
    assert_eq!(lint(&dir, &["a.yml", "--image", "*/worker:*=unshare"]).0, 1);
    assert_eq!(lint(&dir, &["a.yml", "--image", "*/other:*=unshare"]).0, 0);
    for wrong in ["worker", "=unshare", "worker=bwarp", "worker=userns-remap"] {
        assert_eq!(lint(&dir, &["a.yml", "--image", wrong]).0, 2, "{wrong}");
    }
    // What an image is known for.
    let (code, report) = json(&dir, &["b.yml"]);
    let jail = &report["files"][0]["containers"][0];
    assert_eq!((code, jail["required"].as_bool()), (1, Some(true)), "{report}");
    let nsjail = jail["mechanisms"].as_array().unwrap().iter().find(|m| m["id"] == "nsjail");
    assert_eq!(nsjail.unwrap()["required"], true);
    assert!(jail["findings"].to_string().contains("image-implies-mechanism"));
    assert_eq!(report["files"][0]["containers"][1]["required"], false);
    // Of what there is no plan yet nobody knows.
    let (code, report) = json(&dir, &["c.yml"]);
    let judged = report["files"][0]["containers"][0]["mechanisms"].as_array().unwrap();
    if !judged.iter().any(|mechanism| mechanism["id"] == "chromium") {
        assert_eq!((code, report["verdict"].as_str()), (3, Some("unknown")), "{report}");
    }
    assert_eq!(json(&dir, &["d.yml"]).1["files"][0]["containers"][0]["required"], false);
}
