//! `isodoc.toml`: what a project asks for, of which host, and what it accepts.
//!
//! Keys that are not known are errors: a misspelt one would change nothing and say nothing.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::assume::ASSUMPTIONS;
use crate::explain::index;
use crate::mechanisms;
use crate::place::Place;

/// What it says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    /// What `check` requires.
    pub require: Vec<String>,
    /// The flags of unshare(1) that are asked about.
    pub flags: Option<String>,
    /// What `lint` assumes.
    pub assume: Vec<String>,
    /// Patterns of images, and the mechanism that containers of these ask for.
    pub images: Vec<(String, String)>,
    /// What the containers of some files have to be able to do.
    pub containers: Vec<Asking>,
    pub accept: Vec<Acceptance>,
}

/// The containers of some files ask for a mechanism.
#[derive(Debug, PartialEq)]
pub(crate) struct Asking {
    /// Patterns of paths, from the directory of `isodoc.toml`.
    pub files: Vec<String>,
    pub mechanism: String,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Acceptance {
    /// The rule or the finding.
    pub rule: String,
    /// Patterns of paths, from the directory of `isodoc.toml`.
    pub files: Vec<String>,
    /// The container; every one where it is not named.
    pub container: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it is.
    pub until: Day,
    /// The line on which it begins.
    pub place: Place,
}

/// A day: year, month, day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub u16, pub u8, pub u8);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

/// Why it cannot be used.
#[derive(Debug, PartialEq)]
pub(crate) struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// The keys of the file, of `[[containers]]` and of `[[accept]]`.
const KEYS: &[&str] = &["accept", "assume", "containers", "flags", "images", "require"];
const OF_CONTAINERS: &[&str] = &["files", "mechanism"];
const OF_ACCEPT: &[&str] = &["container", "files", "reason", "rule", "until"];

/// Reads it.
///
/// # Errors
/// When it is not TOML, or says what isodoc does not know.
pub(crate) fn parse(text: &str) -> Result<Config, ConfigError> {
    read(text).map_err(|Mistake { at, message }| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ConfigError { line, column, message }
    })
}

/// What is wrong, and the byte at which it is.
struct Mistake {
    at: usize,
    message: String,
}

type TomlValue<'t> = Spanned<DeValue<'t>>;

fn fault(at: usize, message: impl Into<String>) -> Mistake {
    Mistake { at, message: message.into() }
}

fn read(text: &str) -> Result<Config, Mistake> {
    let root = DeTable::parse(text).map_err(|why| {
        fault(why.span().map_or(0, |span| span.start), why.message().replace('\n', ", "))
    })?;
    let mut config = Config::default();
    known(root.get_ref(), KEYS)?;
    let get = |key| root.get_ref().get(key);
    if let Some(value) = get("require") {
        config.require = words(value, "mechanism", &mechanisms::ids().collect::<Vec<_>>())?;
    }
    config.flags = get("flags").map(string).transpose()?;
    if let Some(value) = get("assume") {
        let ids: Vec<&str> = ASSUMPTIONS.iter().map(|row| row.id).collect();
        config.assume = words(value, "assumption", &ids)?;
    }
    if let Some(value) = get("images") {
        for (glob, mechanism) in table(value)? {
            config.images.push((glob.get_ref().to_string(), asked_for(mechanism)?));
        }
    }
    for (_, each) in tables(get("containers"), OF_CONTAINERS)? {
        let (files, mechanism) = (each.need("files")?, each.need("mechanism")?);
        config.containers.push(Asking { files: strings(files)?, mechanism: asked_for(mechanism)? });
    }
    for (at, each) in tables(get("accept"), OF_ACCEPT)? {
        let rule = each.need("rule")?;
        let ids: Vec<&str> = index::all().map(|named| named.id()).collect();
        let reason = each.need("reason")?;
        if string(reason)?.trim().is_empty() {
            return Err(fault(reason.span().start, "say why it is accepted"));
        }
        config.accept.push(Acceptance {
            rule: word(rule, "id", &ids)?,
            files: strings(each.need("files")?)?,
            container: each.table.get("container").map(string).transpose()?,
            reason: string(reason)?,
            until: day(each.need("until")?)?,
            place: line_at(text, at),
        });
    }
    Ok(config)
}

/// The line of a byte.
fn line_at(text: &str, at: usize) -> Place {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = at + after.find('\n').unwrap_or(after.len());
    Place { file: 0, line: before.matches('\n').count() + 1, column: 1, start, end }
}

/// One of several tables of the same name.
struct TableEntry<'a, 't> {
    at: usize,
    table: &'a DeTable<'t>,
}

impl<'a, 't> TableEntry<'a, 't> {
    fn need(&self, key: &str) -> Result<&'a TomlValue<'t>, Mistake> {
        self.table.get(key).ok_or_else(|| fault(self.at, format!("`{key}` is missing here")))
    }
}

fn tables<'a, 't>(
    value: Option<&'a TomlValue<'t>>,
    keys: &[&str],
) -> Result<Vec<(usize, TableEntry<'a, 't>)>, Mistake> {
    let Some(value) = value else { return Ok(vec![]) };
    let all = value.get_ref().as_array();
    let all = all.ok_or_else(|| fault(value.span().start, "write it as [[...]]"))?;
    let entry = |value: &'a TomlValue<'t>| {
        let (at, table) = (value.span().start, table(value)?);
        known(table, keys)?;
        Ok((at, TableEntry { at, table }))
    };
    all.iter().map(entry).collect()
}

fn table<'a, 't>(value: &'a TomlValue<'t>) -> Result<&'a DeTable<'t>, Mistake> {
    value.get_ref().as_table().ok_or_else(|| fault(value.span().start, "this has to be a table"))
}

/// Whether every key is one of these; the first that is not is the fault.
fn known(table: &DeTable<'_>, keys: &[&str]) -> Result<(), Mistake> {
    let unknown = |key: &&Spanned<DeString<'_>>| !keys.contains(&key.get_ref().as_ref());
    let first = table.keys().filter(unknown).min_by_key(|key| key.span().start);
    first.map_or(Ok(()), |key| {
        let name: &str = key.get_ref();
        Err(fault(key.span().start, not_one("key", name, keys)))
    })
}

fn string(value: &TomlValue<'_>) -> Result<String, Mistake> {
    let text = value.get_ref().as_str().map(str::to_owned);
    text.ok_or_else(|| fault(value.span().start, "this has to be a string"))
}

fn strings(value: &TomlValue<'_>) -> Result<Vec<String>, Mistake> {
    let all = value.get_ref().as_array();
    let all = all.ok_or_else(|| fault(value.span().start, "this has to be a list of strings"))?;
    all.iter().map(string).collect()
}

/// A string that is one of these.
fn word(value: &TomlValue<'_>, what: &str, known: &[&str]) -> Result<String, Mistake> {
    let text = string(value)?;
    if known.contains(&text.as_str()) {
        Ok(text)
    } else {
        Err(fault(value.span().start, not_one(what, &text, known)))
    }
}

fn words(value: &TomlValue<'_>, what: &str, known: &[&str]) -> Result<Vec<String>, Mistake> {
    strings(value)?;
    let all = value.get_ref().as_array().into_iter().flat_map(|all| all.iter());
    all.map(|value| word(value, what, known)).collect()
}

/// A mechanism that a container can ask for.
fn asked_for(value: &TomlValue<'_>) -> Result<String, Mistake> {
    let ids: Vec<&str> = mechanisms::of_commands().map(|m| m.id).collect();
    word(value, "mechanism", &ids)
}

fn day(value: &TomlValue<'_>) -> Result<Day, Mistake> {
    let DeValue::Datetime(time) = value.get_ref() else {
        return Err(fault(value.span().start, "write a day, without quotes: until = 2030-01-31"));
    };
    match (time.date, time.time) {
        (Some(date), None) => Ok(Day(date.year, date.month, date.day)),
        _ => Err(fault(value.span().start, "write a day alone: until = 2030-01-31")),
    }
}

/// That something is none of these, and which is the nearest.
fn not_one(what: &str, word: &str, known: &[&str]) -> String {
    let alike = |known: &str| strsim::normalized_damerau_levenshtein(word, known);
    let nearest = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b))).copied();
    // The program of a mechanism means it, however little their names are alike.
    let meant = mechanisms::id_of(word).filter(|id| known.contains(id));
    let nearest = meant.or(nearest).unwrap_or_default();
    format!("unknown {what} `{word}`; the nearest is `{nearest}`")
}

impl Config {
    /// The same as TOML.
    pub(crate) fn shown(&self) -> String {
        let quoted = |text: &String| serde_json::Value::from(text.as_str()).to_string();
        let list = |all: &[String]| all.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let mut lines = vec![];
        for (key, all) in [("require", &self.require), ("assume", &self.assume)] {
            if !all.is_empty() {
                lines.push(format!("{key} = [{}]", list(all)));
            }
        }
        lines.extend(self.flags.iter().map(|flags| format!("flags = {}", quoted(flags))));
        if !self.images.is_empty() {
            lines.push("\n[images]".to_owned());
        }
        let image = |(glob, id): &(String, String)| format!("{} = {}", quoted(glob), quoted(id));
        lines.extend(self.images.iter().map(image));
        for asking in &self.containers {
            let (files, mechanism) = (list(&asking.files), quoted(&asking.mechanism));
            lines.push(format!("\n[[containers]]\nfiles = [{files}]\nmechanism = {mechanism}"));
        }
        for accept in &self.accept {
            let (rule, files) = (quoted(&accept.rule), list(&accept.files));
            lines.push(format!("\n[[accept]]\nrule = {rule}\nfiles = [{files}]"));
            let container = accept.container.iter();
            lines.extend(container.map(|name| format!("container = {}", quoted(name))));
            let (reason, until) = (quoted(&accept.reason), accept.until);
            lines.push(format!("reason = {reason}\nuntil = {until}"));
        }
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "require = [\"unshare\"]\nassume = [\"ubuntu-24.04\"]\n\
        flags = \"--user --pid\"\n\n[images]\n\"a\\\"*\" = \"nsjail\"\n\n\
        [[containers]]\nfiles = [\"deploy/*\"]\nmechanism = \"bubblewrap\"\n\n\
        [[accept]]\nrule = \"chroot\"\nfiles = [\"*.yml\"]\ncontainer = \"w\"\n\
        reason = \"old\"\nuntil = 2030-01-31\n";

    #[test]
    fn what_is_shown_says_the_same() {
        let config = parse(WHOLE).unwrap();
        assert_eq!(config.shown(), WHOLE);
        assert_eq!(config.accept[0].until, Day(2030, 1, 31));
        let place = config.accept[0].place;
        assert_eq!((place.line, &WHOLE[place.start..place.end]), (12, "[[accept]]"));
        assert_eq!(parse(""), Ok(Config::default()));
        let every = |keys: &[&str]| keys.iter().all(|key| WHOLE.contains(key));
        assert!(every(KEYS) && every(OF_CONTAINERS) && every(OF_ACCEPT));
    }

    #[test]
    fn the_schema_has_the_same_keys() {
        let schema = include_str!("../schema/isodoc-toml.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let keys = |path: &str| -> Vec<String> {
            let of = schema.pointer(path).and_then(|of| of.as_object()).unwrap();
            of.keys().cloned().collect()
        };
        assert_eq!(keys("/properties"), KEYS);
        assert_eq!(keys("/properties/containers/items/properties"), OF_CONTAINERS);
        assert_eq!(keys("/properties/accept/items/properties"), OF_ACCEPT);
        let ids = |path: &str| -> Vec<String> {
            let of = schema.pointer(path).and_then(|of| of.as_array()).unwrap();
            of.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        let assumptions: Vec<&str> = ASSUMPTIONS.iter().map(|row| row.id).collect();
        assert_eq!(ids("/properties/assume/items/enum"), assumptions);
        assert_eq!(ids("/properties/require/items/enum"), mechanisms::ids().collect::<Vec<_>>());
        let asked: Vec<&str> = mechanisms::of_commands().map(|m| m.id).collect();
        assert_eq!(ids("/$defs/mechanism/enum"), asked);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, line, column, why) in [
            ("flags = 1\n", 1, 9, "a string"),
            ("\nflag = \"x\"\n", 2, 1, "unknown key `flag`; the nearest is `flags`"),
            ("assume = [\"ubuntu-24.4\"]\n", 1, 11, "the nearest is `ubuntu-24.04`"),
            ("require = \"unshare\"\n", 1, 11, "a list of strings"),
            ("require = [\"unshar\"]\n", 1, 12, "unknown mechanism `unshar`"),
            ("require = [\"runsc\"]\n", 1, 12, "the nearest is `gvisor`"),
            ("[images]\n\"*\" = \"userns-remap\"\n", 2, 7, "unknown mechanism `userns-remap`"),
            ("[accept]\nrule = \"x\"\n", 1, 1, "[[...]]"),
            ("[[containers]]\nfiles = []\n", 1, 1, "`mechanism` is missing"),
            ("[[accept]]\nrules = \"x\"\n", 2, 1, "the nearest is `rule`"),
            ("a = [\n", 1, 6, "expected `]`"),
            ("# é\nflags = \"é\" x\n", 2, 13, ""),
            ("flags = \"\"\nflags = \"\"\n", 2, 1, "duplicate"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{text}: {error:?}");
            assert!(error.message.contains(why), "{text}: {error:?}");
        }
        for (until, why) in [("\"2030-01-31\"", "without quotes"), ("2030-01-31T10:00:00", "alone")]
        {
            let text = WHOLE.replace("2030-01-31", until);
            assert!(parse(&text).unwrap_err().message.contains(why), "{until}");
        }
        let unexplained = WHOLE.replace("\"old\"", "\" \"");
        assert!(parse(&unexplained).unwrap_err().message.contains("why"));
    }
}
