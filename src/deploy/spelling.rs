//! A value as a dialect of YAML writes it.

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Scalar { text: String, plain: bool },
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Want {
    /// A number, or true or false.
    pub(crate) fn plain(value: impl ToString) -> Self {
        Self::Scalar { text: value.to_string(), plain: true }
    }

    /// A word that needs no quotes.
    pub(crate) fn word(text: impl Into<String>) -> Self {
        Self::Scalar { text: text.into(), plain: true }
    }

    /// A string, in quotes.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Scalar { text: text.into(), plain: false }
    }

    /// A scalar's text.
    pub(crate) fn scalar(&self) -> &str {
        if let Self::Scalar { text, .. } = self { text } else { "" }
    }

    /// The name of an item that has one, such as a variable.
    pub(crate) fn name(&self) -> Option<&str> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == "name").and_then(|(_, value)| match value {
            Self::Scalar { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }

    /// In flow style, as JSON where that is asked for.
    pub(crate) fn flow(&self, json: bool) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        match self {
            Self::Scalar { text, plain: true }
                if !json
                    || matches!(text.as_str(), "true" | "false")
                    || text.parse::<i64>().is_ok() =>
            {
                text.clone()
            }
            Self::Scalar { text, .. } => quoted(text),
            Self::List(items) => format!(
                "[{}]",
                items.iter().map(|item| item.flow(json)).collect::<Vec<_>>().join(", ")
            ),
            Self::Map(entries) => {
                let key = |key: &str| if json { quoted(key) } else { key.to_owned() };
                let entries = entries
                    .iter()
                    .map(|(name, value)| format!("{}: {}", key(name), value.flow(json)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}
