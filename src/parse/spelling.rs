//! What was probably meant by a name that nobody knows.

/// The longest name that is a slip of the pen.
const MOST: usize = 40;

/// The first of the known names that is the same but for case, signs, a final `s`, or one letter.
pub(crate) fn meant<'k>(name: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let bare = |name: &str| {
        name.to_ascii_lowercase().replace(['_', '-'], "").trim_end_matches('s').to_owned()
    };
    let given = (name.len() <= MOST).then(|| bare(name))?;
    known.find(|known| {
        let known = bare(known);
        known == given || (known.len() > 5 && one_letter_apart(&known, &given))
    })
}

/// The first of the known words that a word is a slip of the pen for.
pub(crate) fn slip<'k>(word: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known.find(|known| is_slip(known, word))
}

/// Whether a word is a slip of the pen for another.
pub(crate) fn is_slip(word: &str, written: &str) -> bool {
    written.eq_ignore_ascii_case(word) || one_letter_apart(word, written)
}

/// Whether a text becomes the other by one letter more, less or changed, or by two neighbours that
/// change places.
fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let before = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(before..).unwrap_or(&[]), b.get(before..).unwrap_or(&[]));
    let after = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (a.len() - after, b.len() - after) {
        (0 | 1, 0 | 1) => true,
        (2, 2) => a.first() == b.get(1) && a.get(1) == b.first(),
        _ => false,
    }
}
