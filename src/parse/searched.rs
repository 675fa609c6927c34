//! A text in which many words are looked for that it does not have.

use std::ops::Deref;

/// A text that grows, and knows which pairs of neighbouring bytes it has. A search for a word costs
/// some hundred instructions before it looks at the first byte; most words have a pair that the
/// text has not, which two or three instructions show.
#[derive(Default)]
pub(crate) struct Searched {
    text: String,
    pairs: Pairs,
}

impl Searched {
    pub(crate) fn push_line(&mut self, line: &str) {
        self.pairs.add(line);
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Whether the word, which has no line break, can stand in the text. It stands there only if
    /// this is true.
    pub(crate) fn may_have(&self, word: &str) -> bool {
        pairs(word).all(|pair| self.pairs.has(pair))
    }

    /// Whether the word stands in the text.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.may_have(word) && self.text.contains(word)
    }
}

impl From<String> for Searched {
    fn from(text: String) -> Self {
        let mut pairs = Pairs::default();
        pairs.add(&text);
        Self { text, pairs }
    }
}

impl Deref for Searched {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// A set of pairs of bytes, in which two may share a place.
struct Pairs([u64; 64]);

impl Default for Pairs {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Pairs {
    fn add(&mut self, text: &str) {
        for (word, bit) in pairs(text) {
            if let Some(known) = self.0.get_mut(word) {
                *known |= bit;
            }
        }
    }

    fn has(&self, (word, bit): (usize, u64)) -> bool {
        self.0.get(word).is_some_and(|known| known & bit != 0)
    }
}

/// The places of a text's pairs: which of the words, and the bit in it. Six bits of each byte:
/// enough to keep lower-case letters apart; digits share places with the letters p to y, which
/// costs only a needless search.
fn pairs(text: &str) -> impl Iterator<Item = (usize, u64)> {
    let bytes = text.as_bytes();
    bytes.iter().zip(bytes.iter().skip(1)).map(|(a, b)| (usize::from(a & 63), 1 << (b & 63)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let mut text = Searched::from("first\n".to_owned());
        text.push_line("die Größe of it");
        for word in ["first", "Größe", "e of i", "t", "", "it\n"] {
            assert_eq!(text.has(word), text.contains(word), "{word}");
            assert!(text.has(word), "{word}");
        }
        for word in ["firs t", "Grösse", "die of", "zz"] {
            assert!(!text.has(word), "{word}");
        }
    }

    #[test]
    fn most_words_are_ruled_out_by_their_pairs() {
        let text = Searched::from("unshare failed: operation not permitted".to_owned());
        assert!(!text.may_have("permission denied") && !text.may_have("seccomp"));
    }
}
