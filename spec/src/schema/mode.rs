//! File modes, in octal digits or as changes.

use super::scalars;

/// The mode that files get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// All permission bits, such as 0o755.
    Bits(u32),
    /// Changes of the mode that a file has, such as `u+x,go-w`.
    Changes(String),
}

impl Mode {
    /// Parses octal digits or changes. Returns `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let changes = || scalars::symbolic(text).then(|| Self::Changes(text.to_owned()));
        scalars::octal(text).map(Self::Bits).or_else(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_changes() {
        for (text, bits) in [("644", 0o644), ("0755", 0o755), ("0o4711", 0o4711), ("0", 0)] {
            assert_eq!(Mode::parse(text), Some(Mode::Bits(bits)), "{text}");
        }
        for text in ["u+x", "a=rX,g-w", "+x", "g=u", "go=u,o-w", "g+u-x"] {
            assert_eq!(Mode::parse(text), Some(Mode::Changes(text.to_owned())), "{text}");
        }
        for text in ["", "8", "0o0o7", "77777", "rwx", "u+x,", "g=u,z", "b=u"] {
            assert_eq!(Mode::parse(text), None, "{text}");
        }
    }
}
