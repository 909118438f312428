use std::borrow::Cow;

/// A program and its arguments: never empty, for a step without a program is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(Vec<Cow<'static, str>>);

impl Argv {
    /// A program, looked up in PATH unless it has a slash, and its arguments.
    #[must_use]
    pub fn new<A: Into<Cow<'static, str>>>(
        program: impl Into<Cow<'static, str>>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self(std::iter::once(program.into()).chain(args.into_iter().map(Into::into)).collect())
    }

    /// The list as it is; none when it is empty.
    #[must_use]
    pub fn from_vec(argv: Vec<Cow<'static, str>>) -> Option<Self> {
        (!argv.is_empty()).then_some(Self(argv))
    }

    /// The program and its arguments.
    #[must_use]
    pub fn as_slice(&self) -> &[Cow<'static, str>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_empty() {
        assert_eq!(Argv::from_vec(Vec::new()), None);
        assert_eq!(Argv::from_vec(vec!["a".into(), "b".into()]), Some(Argv::new("a", ["b"])));
        assert_eq!(Argv::new("a", [""; 0]).as_slice(), ["a"]);
    }
}
