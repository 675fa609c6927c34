//! The fields of an object with the types that the API server insists on.

use std::fmt::Display;
use std::rc::Rc;

use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::yaml::{Node, Value};

/// The error of a value of the wrong type, with what to write instead where that is plain.
fn wrong(node: &Node, what: &str, expected: &str) -> BadInput {
    let error = node.wrong(&format!("`{what}`"), expected);
    let whole = expected.contains("list") || expected.contains("mapping");
    let hint = match &node.value {
        Value::Scalar(scalar) if scalar.plain && expected == "a string" => ": write it in quotes",
        Value::Scalar(scalar) if !scalar.plain && expected != "a string" && !whole => {
            ": write it without quotes"
        }
        _ => "",
    };
    let BadInput { message, .. } = refused(node.place, error.message);
    BadInput { message: message + hint, ..error }
}

/// What the API server refuses.
pub(crate) fn refused(place: Place, why: impl Display) -> BadInput {
    BadInput::at(place, format!("{why}; the API server refuses it"))
}

pub(crate) fn boolean(map: &Node, key: &str) -> Result<Option<At<bool>>, BadInput> {
    let Some(node) = map.get(key) else { return Ok(None) };
    node.boolean()
        .map(|value| Some(At::new(value, node.place)))
        .ok_or_else(|| wrong(node, key, "a boolean"))
}

/// A string. What YAML takes for a number or a boolean is none.
pub(crate) fn string<'n>(map: &'n Node, key: &str) -> Result<Option<At<&'n str>>, BadInput> {
    map.get(key).map(|node| text(node, key)).transpose()
}

pub(crate) fn text<'n>(node: &'n Node, what: &str) -> Result<At<&'n str>, BadInput> {
    node.text()
        .filter(|_| node.kind() == "a string")
        .map(|text| At::new(text, node.place))
        .ok_or_else(|| wrong(node, what, "a string"))
}

/// An id of a user or a group: 0 to 2147483647 (`IsValidUserID`).
pub(crate) fn id(map: &Node, key: &str) -> Result<Option<At<u64>>, BadInput> {
    let Some(node) = map.get(key) else { return Ok(None) };
    let plain = match &node.value {
        Value::Scalar(scalar) if scalar.plain => scalar.text.as_str(),
        _ => return Err(wrong(node, key, "a number")),
    };
    let number = number(plain).ok_or_else(|| wrong(node, key, "a number"))?;
    match u64::try_from(number) {
        Ok(id) if id <= 2_147_483_647 => Ok(Some(At::new(id, node.place))),
        _ => Err(refused(node.place, format!("`{key}` must be between 0 and 2147483647"))),
    }
}

/// A whole number as Go's YAML parser reads it: decimal, `0x`, `0o`, octal with a leading 0, or a
/// float without a fraction.
fn number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let radix = |digits: &str, radix| {
        i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))
    };
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)
    } else if let Some(octal) = digits
        .strip_prefix("0o")
        .or_else(|| digits.strip_prefix('0').filter(|rest| !rest.is_empty()))
    {
        radix(octal, 8)
    } else {
        digits.parse().ok()
    };
    let whole = |float: &f64| float.fract() == 0.0 && float.abs() < 9e15;
    #[allow(clippy::cast_possible_truncation)]
    let value =
        value.or_else(|| digits.parse::<f64>().ok().filter(whole).map(|float| float as i64));
    value.map(|value| sign * value)
}

pub(crate) fn mapping<'n>(map: &'n Node, key: &str) -> Result<Option<&'n Rc<Node>>, BadInput> {
    let Some(node) = map.get(key) else { return Ok(None) };
    if node.is_map() { Ok(Some(node)) } else { Err(wrong(node, key, "a mapping")) }
}

/// The items of a list; none where it is absent.
pub(crate) fn list<'n>(map: &'n Node, key: &str) -> Result<&'n [Rc<Node>], BadInput> {
    let Some(node) = map.get(key) else { return Ok(&[]) };
    node.items().ok_or_else(|| wrong(node, key, "a list"))
}

pub(crate) fn strings(map: &Node, key: &str) -> Result<Vec<At<String>>, BadInput> {
    list(map, key)?.iter().map(|item| Ok(text(item, key)?.map(str::to_owned))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml::parse;

    fn one(text: &str) -> Rc<Node> {
        parse(0, text).unwrap().remove(0)
    }

    #[test]
    fn types_are_insisted_on() {
        let map = one("t: true\ny: yes\nq: 'true'\nn: 5\ns: five\nl: [a, 'b', 1]\nz:\n");
        assert_eq!(boolean(&map, "t").unwrap().map(|at| at.value), Some(true));
        assert_eq!(boolean(&map, "y").unwrap().map(|at| at.value), Some(true));
        assert!(boolean(&map, "q").unwrap_err().message.contains("without quotes"));
        assert!(boolean(&map, "z").unwrap().is_none());
        assert!(string(&map, "n").unwrap_err().message.contains("in quotes"));
        assert_eq!(string(&map, "s").unwrap().map(|at| at.value), Some("five"));
        assert!(strings(&map, "l").is_err());
        assert!(list(&map, "s").is_err());
        assert!(mapping(&map, "l").is_err());
    }

    #[test]
    fn ids() {
        let of =
            |text: &str| id(&one(&format!("u: {text}\n")), "u").map(|at| at.map(|at| at.value));
        let good = [
            ("0", 0),
            ("1000", 1000),
            ("010", 8),
            ("0x10", 16),
            ("1e3", 1000),
            ("2147483647", 2_147_483_647),
        ];
        for (text, value) in good {
            assert_eq!(of(text), Ok(Some(value)), "{text}");
        }
        for bad in [
            "-1", "2147483648", "1.5", "'1000'", "root", "true", "0x", "--1",
            "99999999999999999999",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
