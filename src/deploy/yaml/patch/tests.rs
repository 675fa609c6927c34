use std::collections::BTreeMap;

use super::*;
use crate::deploy::edit::apply;
use crate::deploy::yaml::parse;

/// The keys of a path such as `a.b[0]`.
fn keys(path: &str) -> Vec<Key> {
    let key = |part: &str| match part.strip_suffix(']') {
        Some(index) => Key::Item(index.parse().unwrap()),
        None => Key::Name(part.to_owned()),
    };
    path.split(['.', '[']).map(key).collect()
}

fn patch(path: &str, op: Op) -> Patch {
    Patch { path: keys(path), op }
}

fn set(path: &str, value: impl Into<Data>) -> Patch {
    patch(path, Op::Set(value.into()))
}

fn add(path: &str, items: &[&str]) -> Patch {
    patch(path, Op::AddTo(items.iter().map(|item| Data::from(*item)).collect()))
}

fn remove(path: &str) -> Patch {
    patch(path, Op::Remove)
}

const LAYOUT: Layout<'_> = Layout { long: &[1], after: &["image"] };

/// The text with patches made to its first document.
fn patched(text: &str, patches: &[Patch]) -> Result<String, PatchError> {
    let documents = parse(0, text).unwrap();
    let after = apply(text, &edits(text, &documents[0], patches, LAYOUT)?);
    check(&documents, &after, patches.iter().map(|patch| (0, patch))).map(|()| after)
}

/// Every scalar of a text by its path.
fn scalars(text: &str) -> BTreeMap<String, String> {
    fn walk(node: &Node, at: &str, found: &mut BTreeMap<String, String>) {
        match &node.value {
            Value::Scalar(scalar) => {
                found.insert(at.to_owned(), format!("{} {}", node.kind(), scalar.text));
            }
            Value::List(items) => {
                items.iter().enumerate().for_each(|(index, item)| {
                    walk(item, &format!("{at}[{index}]"), found);
                });
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    walk(value, &format!("{at}.{}", key.text().unwrap()), found);
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    for (number, document) in parse(0, text).unwrap().iter().enumerate() {
        walk(document, &number.to_string(), &mut found);
    }
    found
}

#[test]
fn the_style_is_kept() {
    let profile = || Data::map([("type", "Unconfined".into())]);
    let variable = || Data::map([("name", "A".into()), ("value", "-x".into())]);
    let cases: &[(&str, Patch, &str)] = &[
        // A scalar: its quotes, its comment, its anchor, no quotes where a type needs none.
        ("a: x # why\nb: 1\n", set("a", "q"), "a: q # why\nb: 1\n"),
        ("a: 'x' # why\n", set("a", "it's"), "a: 'it''s' # why\n"),
        ("a: \"x\"\n", set("a", "\"y\""), "a: \"\\\"y\\\"\"\n"),
        ("a: 'x'\n", set("a", 5), "a: 5\n"),
        ("a: no\n", set("a", true), "a: true\n"),
        ("a: x\n", set("a", "true"), "a: \"true\"\n"),
        ("a: x\n", set("a", "1000:1000"), "a: \"1000:1000\"\n"),
        ("a: &k x # why\n", set("a", "q"), "a: &k q # why\n"),
        ("a: x\n  y\nb: 1\n", set("a", "z"), "a: z\nb: 1\n"),
        ("{a: x}", set("a", "b:c"), "{a: \"b:c\"}"),
        // A key that has no value, or null.
        ("a:\nb: 1\n", set("a", "x"), "a: x\nb: 1\n"),
        ("a: ~ # why\n", set("a", "x"), "a: x # why\n"),
        ("a: # why\nb: 1\n", add("a", &["x"]), "a: # why\n  - x\nb: 1\n"),
        ("a:\n  b:\nc: 1\n", set("a.b.d", true), "a:\n  b:\n    d: true\nc: 1\n"),
        ("{a: , b: 1}", add("a", &["x"]), "{a: [x] , b: 1}"),
        ("a: null\n", add("a", &["x"]), "a: [x]\n"),
        // Lists.
        ("a:\n- x # why\n# end\nb: 1\n", add("a", &["q"]), "a:\n- x # why\n- q\n# end\nb: 1\n"),
        (
            "a:\n    -   'x'\n",
            add("a", &["x", "y", "z"]),
            "a:\n    -   'x'\n    -   'y'\n    -   'z'\n",
        ),
        ("a: [x]\n", add("a", &["q", "z"]), "a: [x, q, z]\n"),
        ("a: [ 'x' , ] # why\n", add("a", &["q"]), "a: [ 'x', 'q' , ] # why\n"),
        ("a: []\n", add("a", &["q"]), "a: [q]\n"),
        ("a: [\n  x # why\n]\n", add("a", &["q"]), "a: [\n  x, # why\n  q\n]\n"),
        ("a:\n- |\n  x\n", add("a", &["q"]), "a:\n- |\n  x\n- q\n"),
        ("a: &l # why\n  - x\n", add("a", &["q"]), "a: &l # why\n  - x\n  - q\n"),
        ("a: !override\n- x\n", add("a", &["q"]), "a: !override\n- x\n- q\n"),
        (
            "a:\n- name: B\n  value: c\nd: 1\n",
            patch("a", Op::AddTo(vec![variable()])),
            "a:\n- name: B\n  value: c\n- name: A\n  value: \"-x\"\nd: 1\n",
        ),
        (
            "a:\n- {name: B}\n",
            patch("a", Op::AddTo(vec![variable()])),
            "a:\n- {name: B}\n- {name: A, value: \"-x\"}\n",
        ),
        // New keys: at the end of a short mapping, after the image of a long one or at its top.
        ("a: 1\nb: # c\n- x\n", set("d", "e"), "a: 1\nb: # c\n- x\nd: e\n"),
        ("s:\n  image: x # i\n  b: 1\n", set("s.c", 1), "s:\n  image: x # i\n  c: 1\n  b: 1\n"),
        ("s: # s\n  # why\n  b: 1\n", set("s.c", 1), "s: # s\n  c: 1\n  # why\n  b: 1\n"),
        ("- b: 1\n  d:\n", set("[0].c", 1), "- c: 1\n  b: 1\n  d:\n"),
        ("a: 1\nb: |\n  x\n", set("c", 1), "a: 1\nb: |\n  x\nc: 1\n"),
        ("k: &k 1\nb: *k\n", set("c", 1), "c: 1\nk: &k 1\nb: *k\n"),
        ("{a: 1}", set("b.c", "x"), "{a: 1, b: {c: x}}"),
        ("{}", set("b", "x"), "{b: x}"),
        ("a: 1\nb: 2", set("c", "x"), "a: 1\nb: 2\nc: x"),
        // As far in as the neighbours.
        (
            "a:\n    b:\n        c: 1\n    d: 1\n",
            set("a.e.f", 1),
            "a:\n    e:\n        f: 1\n    b:\n        c: 1\n    d: 1\n",
        ),
        ("a:\n- x\nb: 1\n", add("c", &["q"]), "a:\n- x\nb: 1\nc:\n- q\n"),
        ("a:\n   - x\nb: 1\n", add("c", &["q"]), "a:\n   - x\nb: 1\nc:\n   - q\n"),
        // What `<<` brings is gone before.
        ("k: &k {a: 1}\nb:\n  <<: *k\n", set("b.a", 2), "k: &k {a: 1}\nb:\n  a: 2\n  <<: *k\n"),
        // A comment stays with what it is about.
        ("a: [\n  x, # x\n  z # z\n]\n", add("a", &["w"]), "a: [\n  x, # x\n  z, # z\n  w\n]\n"),
        ("a: [\n  x, # x\n]\n", add("a", &["w"]), "a: [\n  x, # x\n  w,\n]\n"),
        ("a: [x, z # z\n]\n", add("a", &["w"]), "a: [x, z, # z\n    w\n]\n"),
        ("a: {b: 1 # b\n  }\n", set("a.c", 2), "a: {b: 1, # b\n    c: 2\n  }\n"),
        // What comes from elsewhere is overridden here, and stays what it is there.
        (
            "k: &k {a: [x]}\nb:\n  <<: *k\n",
            add("b.a", &["w"]),
            "k: &k {a: [x]}\nb:\n  a:\n    - x\n    - w\n  <<: *k\n",
        ),
        (
            "k: &k {a: [x, z]}\nb: {<<: [*k], c: 1}\n",
            set("b.a[0]", "w"),
            "k: &k {a: [x, z]}\nb: {<<: [*k], c: 1, a: [w, z]}\n",
        ),
        ("k: &k\n- x\nb:\n  a: *k # c\n", add("b.a", &["w"]), "k: &k\n- x\nb:\n  a: [x, w] # c\n"),
        ("a: &k {b: 1}\nc: *k\n", set("c.b", 2), "a: &k {b: 1}\nc: {<<: *k, b: 2}\n"),
        (
            "a: &k {b: {}}\nc: {<<: *k}\n",
            set("c.b.d", 1),
            "a: &k {b: {}}\nc: {b: {d: 1}, <<: *k}\n",
        ),
        ("a: &k 1\nc: {d: *k, e: 2}\n", set("c.d", 2), "a: &k 1\nc: {d: 2, e: 2}\n"),
        // JSON stays JSON, with a line for each entry where there is one.
        (
            "{\n  \"a\": {\n    \"b\": []\n  }\n}\n",
            add("a.b", &["x"]),
            "{\n  \"a\": {\n    \"b\": [\"x\"]\n  }\n}\n",
        ),
        (
            "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n",
            set("a.c.d", true),
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": {\"d\": true}\n  }\n}\n",
        ),
        ("{\"a\" : null}\n", set("a", "x"), "{\"a\" : \"x\"}\n"),
        // A mapping becomes another: what says the same stays.
        (
            "a:\n  # h\n  type: Localhost # t\n  path: x\nb: 1\n",
            set("a", profile()),
            "a:\n  # h\n  type: Unconfined # t\nb: 1\n",
        ),
        ("a: {path: x, type: Localhost}\n", set("a", profile()), "a: {type: Unconfined}\n"),
        ("a: {type: 'x' } # t\n", set("a", profile()), "a: {type: 'Unconfined' } # t\n"),
        ("a: x\n", set("a", profile()), "a: {type: Unconfined}\n"),
        // Removed.
        ("a: 1 # why\nb: 2\n", remove("a"), "b: 2\n"),
        ("a: 1\nb:\n- x\n- y", remove("b"), "a: 1"),
        ("a:\n- x\n- y\n", remove("a[1]"), "a:\n- x\n"),
        ("- a: 1\n  b: 2\n", remove("[0].a"), "- b: 2\n"),
        ("{a: 1, b: 2, c: 3}", remove("b"), "{a: 1, c: 3}"),
        ("{a: 1, b: [2]}", remove("b"), "{a: 1}"),
        ("a:\n  b: 1\nc: 1\n", remove("a.b"), "a:\n  {}\nc: 1\n"),
        ("a: 1\n", remove("b.c"), "a: 1\n"),
    ];
    for (text, patch, expected) in cases {
        let mut patch = patch.clone();
        patch.path.retain(|key| *key != Key::Name(String::new()));
        for newline in ["\n", "\r\n"] {
            let (text, expected) = (text.replace('\n', newline), expected.replace('\n', newline));
            let once = patched(&text, std::slice::from_ref(&patch));
            assert_eq!(once.as_deref(), Ok(&*expected), "{text:?} {patch:?}");
            let again = patched(&expected, std::slice::from_ref(&patch));
            assert!(patch.op == Op::Remove || again == once, "{text:?} {patch:?} {again:?}");
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let path = |path: &str| path.to_owned();
    let cases = [
        ("a: &k {b: 1}\nc: *k\n", set("a.b", 2), PatchError::Shared(path("a"))),
        ("a: &k {b: 1}\nc: {<<: *k}\n", set("a.b", 2), PatchError::Shared(path("a"))),
        ("k: &k x\na: [*k]\n", add("a", &["z"]), PatchError::Shared(path("a[0]"))),
        ("a: &k {b: 1}\nc: {<<: *k}\n", remove("c.b"), PatchError::Style(path("c.b"))),
        (
            "a: &k {b: !reset [x]}\nc: {<<: *k}\n",
            add("c.b", &["y"]),
            PatchError::Tagged(path("c.b"), path("reset")),
        ),
        ("a: !reset []\n", add("a", &["x"]), PatchError::Tagged(path("a"), path("reset"))),
        ("a: !reset null\n", set("a", 1), PatchError::Tagged(path("a"), path("reset"))),
        ("a: 1\n", set("a.b", 1), PatchError::Kind(path("a"), "a number")),
        ("a: {}\n", add("a", &["x"]), PatchError::Kind(path("a"), "a mapping")),
        ("a: [1]\n", set("a[1]", 1), PatchError::Gone(path("a[1]"))),
        ("a: |\n  x\n", set("a", "y"), PatchError::Style(path("a"))),
        ("a:\n- x\n", set("a", "y"), PatchError::Style(path("a"))),
        ("? a\n: |\n  x\nb: 1\n", remove("a"), PatchError::Unsafe),
        ("a: [b, c]\nd: |+\n  x\n\n", set("e", 1), PatchError::Unsafe),
        // The anchor goes, and with it what the alias leads to.
        (
            "a: {x: &k 1, y: 2}\nb: [*k]\n",
            set("a", Data::map([("y", 2.into())])),
            PatchError::Unsafe,
        ),
    ];
    for (text, patch, refusal) in cases {
        assert_eq!(patched(text, &[patch]), Err(refusal), "{text}");
    }
    let twice = [set("a", "x"), set("a", "y")];
    assert_eq!(patched("a: z\n", &twice), Err(PatchError::Clash));
    assert!(!PatchError::Clash.to_string().is_empty());
}

#[test]
fn several_at_once_and_several_documents() {
    let text = "x: 1\n---\ns:\n  env: {}\n  caps:\n    add:\n    - A\n---\ny: 1\n";
    let documents = parse(0, text).unwrap();
    let patches = [
        set("s.env.B", "-c"),
        add("s.caps.add", &["D"]),
        set("s.caps.e", 1),
        add("s.new", &["f"]),
        add("s.new", &["f", "g"]),
        set("s.env.H", "i"),
        set("s.top.j", true),
        set("s.top.k", true),
    ];
    let after = apply(text, &edits(text, &documents[1], &patches, LAYOUT).unwrap());
    assert_eq!(
        after,
        "x: 1\n---\ns:\n  new:\n  - f\n  - g\n  top:\n    j: true\n    k: true\n  \
            env: {B: \"-c\", H: i}\n  caps:\n    add:\n    - A\n    - D\n    e: 1\n---\ny: 1\n"
    );
    let made = |number| patches.iter().map(move |patch| (number, patch));
    assert_eq!(check(&documents, &after, made(1)), Ok(()));
    assert!(check(&documents, &after, made(0)).is_err());
    assert!(check(&documents, &after, []).is_err());
    assert!(check(&documents, text, made(1)).is_err());
}

/// Documents in many styles, each with each patch: what is made says what was asked for, nothing
/// else has changed, comments and line breaks stay, and done again it changes nothing.
#[test]
fn what_is_asked_is_made_and_nothing_else() {
    let heads =
        ["", "image: x # i\n", "image: |\n  x\n", "k: &k v\nl: *k\n", "# c\n'image': \"#\"\n"];
    let bodies = [
        "",
        "context:\n",
        "context: {}\n",
        "context: {user: 3, \"caps\": {add: [A]}} # f\n",
        "context:\n  # d\n  user: '3' # e\n",
        "context: # g\n    caps:\n        add:\n        - 'A' # h\n    user: 1\n",
        "context:\n  caps: {add: []}\n  profile: {type: L, path: p}\n",
        "context:\n  profile:\n    # j\n    path: p\n    type: L\n  caps:\n",
        "context: {\n  caps: {\n    add: [\n      A # k\n    ]\n  }\n}\n",
    ];
    let tails = ["", "args:\n- a\n- >-\n  b\n  c\n", "# end\n", "args: ['#', *v]\n"];
    let patches = [
        (set("s.context.user", 1000), vec![("user", "a number 1000")]),
        (
            set("s.context.profile", Data::map([("type", "U".into())])),
            vec![("profile.type", "a string U")],
        ),
        (add("s.context.caps.add", &["A", "B"]), vec![]),
        (set("s.context.mount", "Un: masked"), vec![("mount", "a string Un: masked")]),
    ];
    let indent = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let mut done = 0;
    for (head, body) in heads.iter().flat_map(|head| bodies.iter().map(move |body| (head, body))) {
        for (tail, newline) in tails.iter().flat_map(|tail| [(tail, "\n"), (tail, "\r\n")]) {
            let service = format!("{head}{body}{tail}");
            if service.lines().all(|line| line.starts_with('#')) {
                continue;
            }
            let text = format!("v: &v 'w'\ns:\n{}other: {{x: y}}\n", indent(&service));
            let text = text.replace('\n', newline);
            let all = || patches.iter().map(|(patch, _)| patch.clone()).collect::<Vec<_>>();
            let one = patches.iter().map(|(patch, _)| vec![patch.clone()]);
            for asked in one.chain([all()]) {
                let after = patched(&text, &asked).unwrap_or_else(|why| panic!("{why}\n{text}"));
                let (old, new) = (scalars(&text), scalars(&after));
                let paths: Vec<String> =
                    asked.iter().map(|patch| format!("0.{}", way(&patch.path))).collect();
                let touched = |at: &str| {
                    at == "0.s.context"
                        || paths.iter().any(|path| at.starts_with(path))
                        || at == "0.s.context.caps"
                };
                let rest = |all: &BTreeMap<String, String>| {
                    all.clone().into_iter().filter(|(at, _)| !touched(at)).collect::<Vec<_>>()
                };
                assert_eq!(rest(&old), rest(&new), "{after}");
                for (patch, says) in &patches {
                    for (at, value) in says.iter().filter(|_| asked.contains(patch)) {
                        let found = new.get(&format!("0.s.context.{at}"));
                        assert_eq!(found.map(String::as_str), Some(*value), "{after}");
                    }
                }
                if paths.contains(&"0.s.context.caps.add".to_owned()) {
                    let caps = new.iter().filter(|(at, _)| at.contains("caps.add["));
                    assert_eq!(
                        caps.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
                        ["a string A", "a string B"],
                        "{after}"
                    );
                }
                assert!(!new.contains_key("0.s.context.profile.path") || asked.len() == 1);
                assert_eq!(text.matches('#').count(), after.matches('#').count(), "{after}");
                assert_eq!(after.matches('\n').count(), after.matches(newline).count());
                assert_eq!(patched(&after, &asked), Ok(after.clone()), "{after}");
                done += 1;
            }
        }
    }
    assert!(done > 1500, "{done}");
}
