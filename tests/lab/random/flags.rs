//! The flags of unshare(1) as data, drawn from its whole grammar (util-linux 2.38), printed and
//! read back.

use std::fmt;

use super::dice::Dice;

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its long name.
    pub name: String,
    /// Its argument.
    pub value: Option<String>,
    /// How it is spelled.
    pub style: Style,
}

/// How an option is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `--name` or `--name=value`
    Long,
    /// `--name value`
    Apart,
    /// `-n` or `-n value`; several in a row without a value are one word.
    Short,
}

/// A set of flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub Vec<Flag>);

/// The options with a short name. The last four take an argument.
const SHORT: &[(&str, char)] = &[
    ("mount", 'm'),
    ("uts", 'u'),
    ("ipc", 'i'),
    ("net", 'n'),
    ("pid", 'p'),
    ("user", 'U'),
    ("cgroup", 'C'),
    ("time", 'T'),
    ("fork", 'f'),
    ("map-root-user", 'r'),
    ("map-current-user", 'c'),
    ("setuid", 'S'),
    ("setgid", 'G'),
    ("root", 'R'),
    ("wd", 'w'),
];

/// The namespaces: the option, the bit of unshare(2), the name in `user.max_NAME_namespaces`, in
/// the order in which the kernel makes them (create_user_ns() first, then create_new_namespaces()
/// in kernel/nsproxy.c).
pub const KINDS: &[(&str, u32, &str)] = &[
    ("user", 0x1000_0000, "user"),
    ("mount", 0x2_0000, "mnt"),
    ("uts", 0x400_0000, "uts"),
    ("ipc", 0x800_0000, "ipc"),
    ("pid", 0x2000_0000, "pid"),
    ("cgroup", 0x200_0000, "cgroup"),
    ("net", 0x4000_0000, "net"),
    ("time", 0x80, "time"),
];

fn short(name: &str) -> Option<char> {
    SHORT.iter().find(|(long, _)| *long == name).map(|(_, c)| *c)
}

fn takes_value(name: &str) -> bool {
    let required = [
        "map-user", "map-users", "map-group", "map-groups", "propagation", "setgroups", "setuid",
        "setgid", "root", "wd",
    ];
    required.contains(&name) || ["monotonic", "boottime"].contains(&name)
}

impl Flags {
    /// Draws a set of flags: one of the well-known sets more often than not.
    pub fn draw(dice: &mut Dice) -> Self {
        let mut flags = Self::default();
        if dice.chance(55) {
            let known: &[&[&str]] = &[
                &["user", "map-root-user", "pid", "fork", "mount-proc"],
                &["user", "map-root-user", "pid", "fork"],
                &["pid", "fork", "mount-proc"],
                &["pid", "fork"],
                &["user"],
            ];
            for name in dice.pick(known) {
                flags.push(dice, name, None);
            }
            return flags;
        }
        for (name, percent) in [
            ("user", 50),
            ("mount", 30),
            ("uts", 12),
            ("ipc", 12),
            ("pid", 55),
            ("cgroup", 12),
            ("net", 6),
            ("time", 10),
        ] {
            if dice.chance(percent) {
                flags.push(dice, name, None);
            }
        }
        if dice.chance(60) {
            flags.push(dice, "fork", None);
        }
        if dice.chance(20) {
            let signal =
                dice.pick(&[None, Some("SIGTERM"), Some("KILL"), Some("usr1"), Some("SIGFOO")]);
            flags.push(dice, "kill-child", signal);
        }
        if dice.chance(40) {
            let dir = dice.pick(&[
                None,
                None,
                None,
                Some("/proc"),
                Some("/mnt"),
                Some("/nonexistent-lab"),
            ]);
            flags.push(dice, "mount-proc", dir);
        }
        let id = |dice: &mut Dice| dice.pick(&["0", "7", "1000", "65534", "4000000"]);
        match dice.below(10) {
            0..=3 => flags.push(dice, "map-root-user", None),
            4 => flags.push(dice, "map-current-user", None),
            5 => {
                let id = id(dice);
                flags.push(dice, "map-user", Some(id));
            }
            6 => {
                let id = id(dice);
                flags.push(dice, "map-group", Some(id));
            }
            _ => {}
        }
        if dice.chance(8) {
            let word = dice.pick(&["allow", "deny", "deny"]);
            flags.push(dice, "setgroups", Some(word));
        }
        if dice.chance(20) {
            let word = dice.pick(&["slave", "private", "shared", "unchanged"]);
            flags.push(dice, "propagation", Some(word));
        }
        if dice.chance(8) {
            let dir = dice.pick(&["/", "/", "/nonexistent-lab"]);
            flags.push(dice, "root", Some(dir));
        }
        if dice.chance(8) {
            let dir = dice.pick(&["/", "/tmp", "/nonexistent-lab"]);
            flags.push(dice, "wd", Some(dir));
        }
        if dice.chance(8) {
            flags.push(dice, "keep-caps", None);
        }
        for name in ["setuid", "setgid"] {
            if dice.chance(8) {
                let id = id(dice);
                flags.push(dice, name, Some(id));
            }
        }
        if dice.chance(3) {
            flags.push(dice, dice_clock(flags.0.len()), Some("100"));
        }
        if dice.chance(1) {
            flags.push(dice, "no-such-option", None);
        }
        flags
    }

    /// Leaves out what busybox has not, and what it words so that nobody can tell the step.
    pub fn keep_those_of_busybox(&mut self) {
        const OPTIONS: &[&str] = &[
            "mount", "uts", "ipc", "net", "pid", "user", "fork", "map-root-user", "mount-proc",
            "propagation",
        ];
        let denies = self.has("map-root-user");
        self.0.retain(|flag| OPTIONS.contains(&&*flag.name) || denies && flag.name == "setgroups");
    }

    fn push(&mut self, dice: &mut Dice, name: &str, value: Option<&str>) {
        let style = match dice.below(10) {
            0..=3 if short(name).is_some() => Style::Short,
            4..=5 if takes_value(name) => Style::Apart,
            _ => Style::Long,
        };
        self.0.push(Flag { name: name.to_owned(), value: value.map(str::to_owned), style });
    }

    /// Whether an option is among them.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|flag| flag.name == name)
    }

    /// The argument of the last option of this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|flag| flag.name == name)?.value.as_deref()
    }

    /// Whether unshare(1) makes a child.
    pub fn fork(&self) -> bool {
        self.has("fork") || self.has("kill-child")
    }

    /// The bits of unshare(2).
    pub fn bits(&self) -> u32 {
        let named =
            KINDS.iter().filter(|(name, ..)| self.has(name)).fold(0, |all, (_, bit, _)| all | bit);
        let user =
            if self.0.iter().any(|flag| flag.name.starts_with("map-")) { 0x1000_0000 } else { 0 };
        named | user | if self.has("mount-proc") { 0x2_0000 } else { 0 }
    }

    /// Whether a user namespace is made.
    pub fn user(&self) -> bool {
        self.bits() & 0x1000_0000 != 0
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut flags = vec![];
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--") {
                let (name, value, style) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned()), Style::Long),
                    None if takes_value(long) => {
                        (long, Some(words.next()?.to_owned()), Style::Apart)
                    }
                    None => (long, None, Style::Long),
                };
                flags.push(Flag { name: name.to_owned(), value, style });
                continue;
            }
            for c in word.strip_prefix('-')?.chars() {
                let (name, _) = SHORT.iter().find(|(_, short)| *short == c)?;
                let value = if takes_value(name) { Some(words.next()?.to_owned()) } else { None };
                flags.push(Flag { name: (*name).to_owned(), value, style: Style::Short });
            }
        }
        Some(Self(flags))
    }
}

/// Which clock is set, by what is otherwise in the set.
fn dice_clock(length: usize) -> &'static str {
    if length.is_multiple_of(2) { "boottime" } else { "monotonic" }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bundle = false;
        for (at, flag) in self.0.iter().enumerate() {
            let space = if at > 0 { " " } else { "" };
            match (flag.style, short(&flag.name), &flag.value) {
                (Style::Short, Some(c), None) if bundle => write!(f, "{c}")?,
                (Style::Short, Some(c), None) => write!(f, "{space}-{c}")?,
                (Style::Short, Some(c), Some(value)) => write!(f, "{space}-{c} {value}")?,
                (Style::Apart, _, Some(value)) => write!(f, "{space}--{} {value}", flag.name)?,
                (_, _, Some(value)) => write!(f, "{space}--{}={value}", flag.name)?,
                (_, _, None) => write!(f, "{space}--{}", flag.name)?,
            }
            bundle = flag.style == Style::Short && flag.value.is_none();
        }
        Ok(())
    }
}
