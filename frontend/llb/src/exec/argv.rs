//! The program of a step and its arguments.

use std::borrow::Cow;

/// A program and its arguments. The list is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(Vec<Cow<'static, str>>);

impl Argv {
    /// Creates the list from a program and its arguments. A program without a slash is looked up in `PATH`.
    #[must_use]
    pub fn new<A: Into<Cow<'static, str>>>(
        program: impl Into<Cow<'static, str>>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self(std::iter::once(program.into()).chain(args.into_iter().map(Into::into)).collect())
    }

    /// Creates the list from a vector. `None` if the vector is empty.
    #[must_use]
    pub fn from_vec(argv: Vec<Cow<'static, str>>) -> Option<Self> {
        (!argv.is_empty()).then_some(Self(argv))
    }

    /// Returns the program, followed by its arguments.
    #[must_use]
    pub fn as_slice(&self) -> &[Cow<'static, str>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_never_empty() {
        assert_eq!(Argv::from_vec(Vec::new()), None);
        assert_eq!(Argv::from_vec(vec!["a".into(), "b".into()]), Some(Argv::new("a", ["b"])));
        assert_eq!(Argv::new("a", [""; 0]).as_slice(), ["a"]);
    }
}
