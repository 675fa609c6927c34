//! The configuration file of nsjail, a message of config.proto in the text format of protocol
//! buffers, read as the options that say the same (config.cc, `parseInternal`).
//!
//! What it says beyond that is not read at all, so that nobody guesses: the same in JSON, sources
//! behind environment variables, fields that config.proto does not have.

use super::super::getopt::{self, ReadOption};
use super::super::new_root::below;
use super::OPTIONS;

/// Fields that change nothing here and have no option of the same name. The fields that say how a
/// limit is meant, whose names end in `_type`, are ignored too.
const IGNORED: &[&str] = &[
    "name", "description", "log_file", "log_level", "envar", "disable_rl", "seccomp_policy_file",
    "seccomp_string", "exec_bin", "traffic_rule",
];

/// How deep messages are nested in config.proto, and a little more.
const DEPTH: usize = 8;

/// What a field holds.
enum HeldByField {
    /// A number, a word or a text.
    Scalar(String),
    /// Fields of its own.
    Message(Vec<Field>),
}

/// A field by its name.
type Field = (String, HeldByField);

/// The options that say what a file says.
pub(super) fn options(text: &str) -> Option<Vec<ReadOption>> {
    let (mut given, mut perhaps) = (vec![], vec![]);
    let mut proc = false;
    for (name, value) in ProtoText(text).message(None, DEPTH)? {
        match (name.as_str(), &value) {
            ("mode", HeldByField::Scalar(mode)) => {
                given.push(("mode", mode_letter(mode)?.to_owned()))
            }
            ("mount_proc", HeldByField::Scalar(word)) => proc = truth(word)?,
            ("mount", HeldByField::Message(fields)) => match mount(fields)? {
                Some(option) => given.push(option),
                None => perhaps.push(scalar(fields, "dst")?.to_owned()),
            },
            ("uidmap", HeldByField::Message(fields)) => {
                given.push(map(fields, ["user", "uid_mapping"])?)
            }
            ("gidmap", HeldByField::Message(fields)) => {
                given.push(map(fields, ["group", "gid_mapping"])?);
            }
            ("user_net", HeldByField::Message(_)) => given.push(("user_net", String::new())),
            ("clone_newtime", HeldByField::Scalar(word)) => {
                given.extend(truth(word)?.then(|| ("enable_clone_newtime", String::new())));
            }
            (name, HeldByField::Scalar(word)) if name.starts_with("clone_new") => {
                let (off, _) = getopt::exact(OPTIONS, &format!("disable_{name}"))?;
                given.extend((!truth(word)?).then(|| (off, String::new())));
            }
            ("mount" | "user_net", _) => return None,
            (name, _) if IGNORED.contains(&name) || is_kind_of_limit(name) => {}
            (name, HeldByField::Scalar(word)) => match getopt::exact(OPTIONS, name)? {
                (name, true) => given.push((name, word.clone())),
                (name, false) => given.extend(truth(word)?.then(|| (name, String::new()))),
            },
            _ => return None,
        }
    }
    given.extend((!proc).then(|| ("disable_proc", String::new())));
    // Who lets the job begin in a mount that is left out here means it to be there.
    let left_out = |dir: &str| perhaps.iter().any(|at| below(dir, at).or(below(at, dir)).is_some());
    given.retain(|(name, dir)| *name != "cwd" || !left_out(dir));
    Some(given)
}

fn is_kind_of_limit(name: &str) -> bool {
    name.starts_with("rlimit_") && name.ends_with("_type")
}

fn mode_letter(mode: &str) -> Option<&'static str> {
    const MODES: [(&str, &str); 4] =
        [("LISTEN", "l"), ("ONCE", "o"), ("RERUN", "r"), ("EXECVE", "e")];
    let at = MODES.iter().position(|(name, _)| *name == mode).or_else(|| mode.parse().ok())?;
    MODES.get(at).map(|(_, letter)| *letter)
}

fn truth(word: &str) -> Option<bool> {
    match word {
        "true" | "True" | "t" | "1" => Some(true),
        "false" | "False" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// The last value of a field; empty where it is left out.
fn scalar<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    match fields.iter().rev().find(|(field, _)| field == name) {
        Some((_, HeldByField::Scalar(word))) => Some(word),
        Some(_) => None,
        None => Some(""),
    }
}

/// A message IdMap: the option differs where a helper writes the map.
fn map(fields: &[Field], [own, helped]: [&'static str; 2]) -> Option<ReadOption> {
    let of = |name| scalar(fields, name);
    let range = format!("{}:{}:{}", of("inside_id")?, of("outside_id")?, of("count")?);
    let by_helper = truth_or(of("use_newidmap")?, false)?;
    Some((if by_helper { helped } else { own }, range))
}

fn truth_or(word: &str, unsaid: bool) -> Option<bool> {
    if word.is_empty() { Some(unsaid) } else { truth(word) }
}

/// A message MountPt; none where the jail comes about without it, or always can have it.
fn mount(fields: &[Field]) -> Option<Option<ReadOption>> {
    let of = |name| scalar(fields, name);
    let says = |name, unsaid| truth_or(of(name)?, unsaid);
    let (source, target, kind) = (of("src")?, of("dst")?, of("fstype")?);
    if !of("prefix_src_env")?.is_empty() {
        return None;
    }
    let always = says("is_symlink", false)? || !of("src_content")?.is_empty();
    if always || !says("mandatory", true)? {
        return Some(None);
    }
    Some(Some(match kind {
        _ if says("is_bind", false)? => ("bindmount", format!("{source}:{target}")),
        "tmpfs" => ("tmpfsmount", target.to_owned()),
        _ => ("mount", format!("{source}:{target}:{kind}")),
    }))
}

/// What is left of a text.
struct ProtoText<'a>(&'a str);

impl ProtoText<'_> {
    /// Skips blanks and comments; the character that comes next.
    fn peek(&mut self) -> Option<char> {
        loop {
            self.0 = self.0.trim_start();
            let Some(comment) = self.0.strip_prefix('#') else { return self.0.chars().next() };
            self.0 = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or("");
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.0 = self.0.get(wanted.len_utf8()..).unwrap_or("");
        }
        found
    }

    /// A name, a number or a word.
    fn word(&mut self) -> Option<String> {
        self.peek();
        let other = |c: char| !c.is_ascii_alphanumeric() && !"_.+-".contains(c);
        let end = self.0.find(other).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// Fields up to what closes them, or to the end.
    fn message(&mut self, close: Option<char>, depth: usize) -> Option<Vec<Field>> {
        let depth = depth.checked_sub(1)?;
        let mut fields = vec![];
        loop {
            while self.take(',') || self.take(';') {}
            match self.peek() {
                None => return close.is_none().then_some(fields),
                end if end == close => {
                    self.take(close?);
                    return Some(fields);
                }
                Some(_) => {}
            }
            let name = self.word()?;
            self.take(':');
            if !self.take('[') {
                fields.push((name, self.value(depth)?));
                continue;
            }
            while !self.take(']') {
                fields.push((name.clone(), self.value(depth)?));
                self.take(',');
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<HeldByField> {
        match self.peek()? {
            '{' => (self.take('{'), self.message(Some('}'), depth)).1.map(HeldByField::Message),
            '<' => (self.take('<'), self.message(Some('>'), depth)).1.map(HeldByField::Message),
            '"' | '\'' => self.text().map(HeldByField::Scalar),
            _ => self.word().map(HeldByField::Scalar),
        }
    }

    /// Texts in quotes, those that follow each other as one.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(quote @ ('"' | '\'')) = self.peek() {
            let mut chars = self.0.get(1..)?.chars();
            loop {
                match chars.next()? {
                    c if c == quote => break,
                    '\n' => return None,
                    '\\' => text.push(match chars.next()? {
                        'n' => '\n',
                        't' => '\t',
                        c @ ('"' | '\'' | '\\') => c,
                        _ => return None,
                    }),
                    c => text.push(c),
                }
            }
            self.0 = chars.as_str();
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<String>> {
        Some(options(text)?.iter().map(|(name, value)| format!("--{name}={value}")).collect())
    }

    #[test]
    fn fields_are_options() {
        let text = "# a jail\nname: \"x\" mode: EXECVE\nclone_newnet: false; clone_newuser: true\n\
            mount_proc: true\nuidmap { inside_id: \"0\" count: 1 }\n\
            gidmap: < inside_id: '0' outside_id: \"100000\" count: 5 use_newidmap: true >\n\
            mount { src: \"/a\" \"b\" dst: \"/c\" is_bind: true }\n\
            mount { dst: \"/tmp\" fstype: \"tmpfs\" }\n\
            mount { src: \"/d\" dst: \"/d\" is_bind: true mandatory: false }\n\
            mount { dst: \"/e\" fstype: \"proc\" }\n\
            cgroup_mem_max: 5 iface_no_lo: true keep_env: false envar: [\"A=1\", 'B'] rlimit_as_type: INF";
        assert_eq!(
            of(text).unwrap(),
            [
                "--mode=e", "--disable_clone_newnet=", "--user=0::1", "--gid_mapping=0:100000:5",
                "--bindmount=/ab:/c", "--tmpfsmount=/tmp", "--mount=:/e:proc",
                "--cgroup_mem_max=5", "--iface_no_lo="
            ]
        );
        assert_eq!(of("").unwrap(), ["--disable_proc="]);
        let begins = |dir| {
            let mount = "mount { src: \"/d\" dst: \"/d\" is_bind: true mandatory: false }";
            of(&format!("cwd: \"{dir}\" {mount}")).unwrap()
        };
        assert_eq!(begins("/x"), ["--cwd=/x", "--disable_proc="]);
        assert_eq!(begins("/d/x"), ["--disable_proc="]);
    }

    #[test]
    fn what_is_not_understood_is_not_read() {
        let deep = format!("mount {}{}", "{ a ".repeat(1000), "}".repeat(1000));
        for text in [
            "{\"mode\": \"ONCE\"}",
            "bogus: 1",
            "mode: SOMEHOW",
            "mount_proc: maybe",
            "mount { src: \"/x\" prefix_src_env: \"HOME\" dst: \"/x\" }",
            "mount {",
            "name: \"x",
            "name: \"\\x41\"",
            "mount: 5",
            deep.as_str(),
        ] {
            assert_eq!(of(text), None, "{text:.60}");
        }
    }
}
