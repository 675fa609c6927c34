//! A command in one string to words, as compose splits it (mattn/go-shellwords, which compose-go
//! uses).

use crate::parse::ParseError;

/// The words; they end at an operator of the shell such as `&&`, as they do for compose.
///
/// # Errors
/// When a quote is not closed.
pub(super) fn split(text: &str) -> Result<Vec<String>, ParseError> {
    let mut words = vec![];
    let (mut word, mut begun) = (String::new(), false);
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        match (c, quote) {
            _ if escaped => {
                word.push(c);
                (escaped, begun) = (false, true);
            }
            ('\\', None | Some('"')) => escaped = true,
            (_, Some(open)) if c == open => quote = None,
            (_, Some(_)) => word.push(c),
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            (';' | '&' | '|' | '<' | '>', None) => break,
            (c, None) if c.is_ascii_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            (_, None) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if quote.is_some() || escaped {
        return Err("a quote or an escape in this command is not closed".into());
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_shell_does() {
        let words = |text| split(text).unwrap();
        assert_eq!(words("a  'b c' \"d \\\" e\" f\\ g ''"), ["a", "b c", "d \" e", "f g", ""]);
        assert_eq!(words("sh -c x && y"), ["sh", "-c", "x"]);
        assert_eq!(words("x'y'\"z\""), ["xyz"]);
        assert!(words("  ").is_empty());
        assert!(split("a 'b").is_err());
    }
}
