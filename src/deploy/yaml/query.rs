//! What stands at a place of a document that is named by a pattern.

use std::rc::Rc;

use super::tree::{Node, Value};
use crate::deploy::container::Key;
use crate::parse::glob;

impl Node {
    /// Visits what stands at a place: names of keys with dots between them, in which `*` stands for
    /// anything, and `[]` for any item of a list; null is nothing. Whether a visit says that this
    /// is enough.
    pub(crate) fn visit<'n>(
        self: &'n Rc<Self>,
        place: &str,
        way: &mut Vec<Key>,
        visit: &mut dyn FnMut(&[Key], &'n Rc<Self>) -> bool,
    ) -> bool {
        if place.is_empty() {
            return !self.is_null() && visit(way, self);
        }
        let (step, rest) = match place.strip_prefix("[]") {
            Some(rest) => ("[]", rest),
            None => place.split_at(place.find(['.', '[']).unwrap_or(place.len())),
        };
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let mut go = |key: Key, node: &'n Rc<Self>| {
            way.push(key);
            let enough = node.visit(rest, way, visit);
            way.pop();
            enough
        };
        match &self.value {
            Value::List(items) if step == "[]" => {
                items.iter().enumerate().any(|(index, item)| go(Key::Item(index), item))
            }
            Value::Map(_) if step.contains('*') => {
                let all = self.entries().into_iter();
                let mut named = all.filter(|(name, ..)| glob::matches(step, name));
                named.any(|(name, _, value)| go(Key::Name(name.to_owned()), value))
            }
            Value::Map(_) => {
                self.get(step).is_some_and(|value| go(Key::Name(step.to_owned()), value))
            }
            _ => false,
        }
    }

    /// All that stands at a place, and the way to each.
    pub(crate) fn all_at<'n>(self: &'n Rc<Self>, place: &str) -> Vec<(Vec<Key>, &'n Rc<Self>)> {
        let mut found = vec![];
        self.visit(place, &mut vec![], &mut |way, node| {
            found.push((way.to_vec(), node));
            false
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn places() {
        let text = "a: {b: [{c: 1}, {d: x}]}\ne: [f, [g]]\nh:\ni: &i {j_script: 1}\nk: {<<: *i}\n";
        let document = &parse(0, text).unwrap()[0];
        for (place, count) in [
            ("", 1),
            ("a", 1),
            ("a.b", 1),
            ("a.b[]", 2),
            ("a.b[].d", 1),
            ("a.*", 1),
            ("*.b", 1),
            ("*.*[].c", 1),
            ("e[]", 2),
            ("e[][]", 1),
            ("a[]", 0),
            ("a.b.c", 0),
            ("h", 0),
            ("*.*_script", 2),
            ("[].a", 0),
        ] {
            assert_eq!(document.all_at(place).len(), count, "{place}");
            for (way, node) in document.all_at(place) {
                assert!(std::ptr::eq(document.at(&way).unwrap(), &**node), "{place}");
            }
        }
    }
}
