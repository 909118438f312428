//! The text of a file from its bytes, and the error for bytes that are not UTF-8.

use super::diagnostic::{Code, Diagnostic};
use super::source::{Sources, Span};

/// The bytes of a file that is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUtf8 {
    bytes: Vec<u8>,
    offset: usize,
}

/// Converts the bytes of a file to its text.
///
/// # Errors
/// The bytes are not UTF-8.
pub fn utf8(bytes: Vec<u8>) -> Result<String, NotUtf8> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        NotUtf8 { bytes: error.into_bytes(), offset }
    })
}

impl NotUtf8 {
    /// The error at the place of another file that names this file, such as an `include`.
    pub fn named_at(&self, code: Code, path: &str, span: Span) -> Diagnostic {
        Diagnostic::error(code, span, self.message(path)).help(HELP)
    }

    /// The error at the place in the file itself, with the sources that it points into. They have a replacement character for each
    /// invalid byte.
    pub fn in_file(&self, name: &str) -> (Diagnostic, Sources) {
        let sources = Sources::single(name, String::from_utf8_lossy(&self.bytes));
        let start = self.offset as u32;
        let end = start + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
        let error = Diagnostic::error(Code::Yaml, Span { start, end, ..Span::default() }, self.message(name));
        (error.help(HELP), sources)
    }

    /// Names the file and the first invalid byte: its line, and its offset from the start of the file.
    pub fn message(&self, name: &str) -> String {
        let (line, offset) = (self.line(), self.offset);
        format!("`{name}` is not UTF-8: line {line} has an invalid byte, at offset {offset}")
    }

    fn line(&self) -> usize {
        self.bytes[..self.offset].iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

const HELP: &str = "save the file as UTF-8";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_invalid_byte_is_named() {
        let found = utf8(b"name: \xc3\xa4\nx: \xff\xfe\n".to_vec()).unwrap_err();
        let message = "`image.yaml` is not UTF-8: line 2 has an invalid byte, at offset 12";
        let (error, sources) = found.in_file("image.yaml");
        assert_eq!((error.code, error.message.as_str()), (Code::Yaml, message));
        assert_eq!(
            (sources.locate(error.span), sources.text(error.span)),
            ("image.yaml:2:4".to_owned(), "\u{fffd}")
        );
        let span = Span { start: 1, end: 2, ..Span::default() };
        let named = found.named_at(Code::Include, "image.yaml", span);
        assert_eq!((named.code, named.span, named.message.as_str()), (Code::Include, span, message));
        assert_eq!(utf8(b"a".to_vec()), Ok("a".to_owned()));
    }
}
