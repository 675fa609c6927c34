//! What many copies share.
//!
//! The search for remedies tries out changes on copies of all facts; each copy costs only what is
//! changed in it.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use serde::Serialize;

/// A value, copied when it is changed while others hold it too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}
