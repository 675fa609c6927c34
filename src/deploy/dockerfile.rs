//! What a Dockerfile says of the image that it makes: what it is made from, and its user.

/// What an image is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MadeImage {
    /// What it is made from; what only the build would tell stands in it as `${...}`.
    pub from: String,
    /// Its user, where the Dockerfile names one.
    pub user: Option<String>,
}

/// A stage that is not over.
struct BuildStage {
    name: String,
    image: MadeImage,
}

/// The image that a Dockerfile makes: that of a stage by its name, else that of the last one.
pub(super) fn image(text: &str, target: Option<&str>) -> Option<MadeImage> {
    let (mut stages, mut arguments): (Vec<BuildStage>, Vec<(String, String)>) = (vec![], vec![]);
    for line in instructions(text) {
        let mut words = line.split_ascii_whitespace();
        let verb = words.next().unwrap_or("").to_ascii_uppercase();
        match (verb.as_str(), stages.last_mut()) {
            ("FROM", _) => {
                let mut words = words.filter(|word| !word.starts_with("--"));
                let from = expand(words.next().unwrap_or(""), &arguments);
                let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
                let name = words.next().filter(|_| named).unwrap_or("").to_owned();
                let same = |stage: &&BuildStage| stage.name.eq_ignore_ascii_case(&from);
                let known = stages.iter().find(same).map(|stage| stage.image.clone());
                let image = known.unwrap_or(MadeImage { from, user: None });
                stages.push(BuildStage { name, image });
            }
            ("ARG", None) => arguments.extend(words.filter_map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
            })),
            ("USER", Some(stage)) => stage.image.user = words.next().map(str::to_owned),
            _ => {}
        }
    }
    let stage = match target {
        Some(target) => stages.iter().find(|stage| stage.name.eq_ignore_ascii_case(target)),
        None => stages.last(),
    };
    stage.map(|stage| stage.image.clone())
}

/// The instructions, each on one line.
fn instructions(text: &str) -> Vec<String> {
    let (mut all, mut open) = (vec![], String::new());
    let mut heredoc: Option<String> = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let trimmed = line.trim();
        if let Some(end) = &heredoc {
            if trimmed == end {
                heredoc = None;
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let goes_on = trimmed.strip_suffix('\\');
        open.push_str(goes_on.unwrap_or(trimmed));
        open.push(' ');
        if goes_on.is_none() {
            heredoc = held(&open);
            all.push(std::mem::take(&mut open));
        }
    }
    all.push(open);
    all
}

/// The word that ends the here-document that an instruction begins.
fn held(line: &str) -> Option<String> {
    let verb = line.split_ascii_whitespace().next()?.to_ascii_uppercase();
    let (_, word) = line.split_once("<<").filter(|_| matches!(&*verb, "RUN" | "COPY" | "ADD"))?;
    let word = word.trim_start_matches('-').trim_start_matches(['"', '\'']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    word.get(..end).filter(|word| !word.is_empty()).map(str::to_owned)
}

/// A word with the defaults of arguments for their names.
fn expand(word: &str, arguments: &[(String, String)]) -> String {
    let filled = |text: String, (name, value): &(String, String)| match text == format!("${name}") {
        true => value.clone(),
        false => text.replace(&format!("${{{name}}}"), value),
    };
    arguments.iter().fold(word.to_owned(), filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs.docker.com, "Dockerfile reference".
    #[test]
    fn what_an_image_is() {
        for (text, target, from, user) in [
            ("FROM debian:12\n", None, "debian:12", None),
            (
                "# syntax=x\nfrom --platform=linux/amd64 a as B\nUSER 1000:1000\n\
                    RUN \\\n  # no\n  USER\nFROM c\n",
                None,
                "c",
                None,
            ),
            ("FROM a AS B\nUSER u\nFROM b\nFROM b AS c\nUSER v\n", Some("b"), "a", Some("u")),
            ("FROM a AS b\nUSER u\nFROM B\n", None, "a", Some("u")),
            ("ARG V=1\nARG R=\"r\"\nFROM $R\n", None, "r", None),
            ("ARG V=1\nFROM a/b:${V}-${X}\nUSER ${U}\n", None, "a/b:1-${X}", Some("${U}")),
            ("FROM a\nRUN <<EOF\nUSER b\nFROM c\nEOF\nUSER d", None, "a", Some("d")),
        ] {
            let image = image(text, target).unwrap();
            assert_eq!((image.from.as_str(), image.user.as_deref()), (from, user), "{text}");
        }
        assert_eq!(image("RUN x\n", None), None);
        assert_eq!(image("FROM a AS b\n", Some("c")), None);
    }
}
