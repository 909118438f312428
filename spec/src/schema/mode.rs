//! Modes of files.

use super::scalars;

/// The mode that files get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// All its bits.
    Bits(u32),
    /// Changes of the one that they have, such as `u+x,go-w`.
    Changes(String),
}

impl Mode {
    /// What is written in octal digits, or as changes.
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
        for text in ["u+x", "a=rX,g-w", "+x"] {
            assert_eq!(Mode::parse(text), Some(Mode::Changes(text.to_owned())), "{text}");
        }
        for text in ["", "8", "0o0o7", "77777", "rwx", "u+x,"] {
            assert_eq!(Mode::parse(text), None, "{text}");
        }
    }
}
