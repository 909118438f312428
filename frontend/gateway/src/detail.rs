//! The details of errors: a type name and the value in Go's JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_proto::google::protobuf::Any;
use serde::{Deserialize, Serialize};

use crate::{Position, Range, SourceFile, SourceRange};

/// A detail of an error in its encoded form, so that a detail of an unknown type can be passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The Go package and type, such as `github.com/moby/buildkit/errdefs.Source+json`.
    pub type_url: String,
    /// The value. For types that end in `+json`, it is the JSON of Go's `encoding/json`.
    pub value: Vec<u8>,
}

impl Detail {
    /// The type of [`Detail::source`].
    pub const SOURCE: &'static str = "github.com/moby/buildkit/errdefs.Source+json";
    /// The type of [`Detail::subrequest`].
    pub const SUBREQUEST: &'static str = "github.com/moby/buildkit/errdefs.Subrequest+json";
    /// The type of [`Detail::frontend_cap`].
    pub const FRONTEND_CAP: &'static str = "github.com/moby/buildkit/errdefs.FrontendCap+json";

    /// The type of the detail that names a failed operation (`solver/errdefs/vertex.go`). Only the daemon creates it.
    pub const VERTEX: &'static str = "github.com/moby/buildkit/errdefs.Vertex+json";

    /// Creates the detail for an excerpt of a source file (`solver/errdefs/source.go`). It does not contain the definition of the
    /// file.
    pub fn source(source: &SourceRange) -> Self {
        let info = Info {
            filename: source.file.name.clone(),
            data: Some(BASE64.encode(&source.file.data)),
            language: source.file.language.clone(),
        };
        let ranges = source.ranges.iter().map(|range| JsonRange::from(*range)).collect();
        Self::json(Self::SOURCE, &Source { info: Some(info), ranges: Some(ranges) })
    }

    /// Creates the detail for an unsupported subrequest (`solver/errdefs/subrequest.go`).
    pub fn subrequest(name: &str) -> Self {
        Self::json(Self::SUBREQUEST, &Named { name: name.to_owned() })
    }

    /// Creates the detail for an unsupported frontend capability (`solver/errdefs/frontendcap.go`).
    pub fn frontend_cap(name: &str) -> Self {
        Self::json(Self::FRONTEND_CAP, &Named { name: name.to_owned() })
    }

    /// Decodes the excerpt of a source file. `None` if the detail has another type or does not decode.
    pub fn as_source(&self) -> Option<SourceRange> {
        let source: Source = self.decode(Self::SOURCE)?;
        let info = source.info?;
        let file = SourceFile {
            name: info.filename,
            data: BASE64.decode(info.data.unwrap_or_default()).ok()?,
            language: info.language,
            definition: None,
        };
        let ranges = source.ranges.unwrap_or_default().into_iter().map(Range::from).collect();
        Some(SourceRange { file, ranges })
    }

    /// Decodes the name of an unsupported subrequest. `None` if the detail has another type or does not decode.
    pub fn as_subrequest(&self) -> Option<String> {
        self.decode::<Named>(Self::SUBREQUEST).map(|named| named.name)
    }

    /// Decodes the name of an unsupported frontend capability. `None` if the detail has another type or does not decode.
    pub fn as_frontend_cap(&self) -> Option<String> {
        self.decode::<Named>(Self::FRONTEND_CAP).map(|named| named.name)
    }

    /// Decodes the digest of a failed operation. `None` if the detail has another type or does not decode.
    pub fn as_vertex(&self) -> Option<String> {
        self.decode::<Vertex>(Self::VERTEX).map(|vertex| vertex.digest)
    }

    fn json(type_url: &str, value: &impl Serialize) -> Self {
        // Strings, numbers and lists of them always serialise.
        let value = serde_json::to_vec(value).unwrap_or_default();
        Self { type_url: type_url.to_owned(), value }
    }

    fn decode<T: for<'a> Deserialize<'a>>(&self, type_url: &str) -> Option<T> {
        if self.type_url == type_url { serde_json::from_slice(&self.value).ok() } else { None }
    }
}

impl From<Any> for Detail {
    fn from(any: Any) -> Self {
        Self { type_url: any.type_url, value: any.value }
    }
}

impl From<Detail> for Any {
    fn from(detail: Detail) -> Self {
        Self { type_url: detail.type_url, value: detail.value }
    }
}

// These structs have the JSON of the structs that Go generates: empty fields are omitted, and bytes are in base64. Reading accepts
// `null` where Go has a pointer or a slice.

#[derive(Serialize, Deserialize)]
struct Source {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    info: Option<Info>,
    #[serde(default, skip_serializing_if = "is_empty")]
    ranges: Option<Vec<JsonRange>>,
}

#[derive(Deserialize)]
struct Vertex {
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct Info {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filename: String,
    #[serde(default, skip_serializing_if = "is_blank")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    language: String,
}

#[derive(Serialize, Deserialize)]
struct JsonRange {
    #[serde(default)]
    start: Option<JsonPosition>,
    #[serde(default)]
    end: Option<JsonPosition>,
}

#[derive(Serialize, Deserialize)]
struct JsonPosition {
    #[serde(default, skip_serializing_if = "is_zero")]
    line: i32,
    #[serde(default, skip_serializing_if = "is_zero")]
    character: i32,
}

#[derive(Serialize, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

impl From<Range> for JsonRange {
    fn from(range: Range) -> Self {
        Self { start: Some(range.start.into()), end: Some(range.end.into()) }
    }
}

impl From<JsonRange> for Range {
    fn from(range: JsonRange) -> Self {
        let start = range.start.map(Position::from).unwrap_or_default();
        Self { start, end: range.end.map_or(start, Position::from) }
    }
}

impl From<Position> for JsonPosition {
    fn from(position: Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}

impl From<JsonPosition> for Position {
    fn from(position: JsonPosition) -> Self {
        Self { line: position.line, character: position.character }
    }
}

fn is_empty<T>(list: &Option<Vec<T>>) -> bool {
    list.as_ref().is_none_or(Vec::is_empty)
}

fn is_blank(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(String::is_empty)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> SourceRange {
        let file = SourceFile {
            name: "image.yaml".to_owned(),
            data: b"a: 1\n".to_vec(),
            language: "YAML".to_owned(),
            definition: None,
        };
        let end = Position { line: 3, character: 7 };
        SourceRange { file, ranges: vec![Range { start: Position { line: 2, character: 4 }, end }] }
    }

    #[test]
    fn details_are_encoded_as_go_does() {
        check(Detail::subrequest("frontend.x"), "errdefs.Subrequest+json", r#"{"name":"frontend.x"}"#);
        check(Detail::frontend_cap("a.b"), "errdefs.FrontendCap+json", r#"{"name":"a.b"}"#);
        check(
            Detail::source(&source()),
            "errdefs.Source+json",
            concat!(
                r#"{"info":{"filename":"image.yaml","data":"YTogMQo=","language":"YAML"},"#,
                r#""ranges":[{"start":{"line":2,"character":4},"end":{"line":3,"character":7}}]}"#
            ),
        );
        // Start and end are present even if both are zero, because clients read them without checking for them.
        let zero = SourceRange { ranges: vec![Range::default()], ..SourceRange::default() };
        check(
            Detail::source(&zero),
            "errdefs.Source+json",
            r#"{"info":{},"ranges":[{"start":{},"end":{}}]}"#,
        );
        check(Detail::source(&SourceRange::default()), "errdefs.Source+json", r#"{"info":{}}"#);

        fn check(detail: Detail, name: &str, value: &str) {
            assert_eq!(detail.type_url, format!("github.com/moby/buildkit/{name}"));
            assert_eq!(String::from_utf8(detail.value).unwrap(), value);
        }
    }

    #[test]
    fn a_source_is_decoded_as_leniently_as_go_does() {
        check(&String::from_utf8(Detail::source(&source()).value).unwrap(), Some(source()));
        check(r#"{"info":{},"ranges":null}"#, Some(SourceRange::default()));
        check(
            r#"{"info":{"data":null,"definition":{"def":["AA=="]},"new":1}}"#,
            Some(SourceRange::default()),
        );
        let start = Position { line: 5, character: 0 };
        let ranges = vec![Range { start, end: start }];
        check(
            r#"{"info":{},"ranges":[{"start":{"line":5}}]}"#,
            Some(SourceRange { ranges, ..Default::default() }),
        );
        check("{}", None);
        check("null", None);
        check(r#"{"info":{"data":"%"}}"#, None);

        fn check(json: &str, expect: Option<SourceRange>) {
            let detail = Detail { type_url: Detail::SOURCE.to_owned(), value: json.as_bytes().to_vec() };
            assert_eq!(detail.as_source(), expect, "{json}");
        }
    }

    #[test]
    fn a_detail_of_another_type_is_not_decoded() {
        let detail = Detail::subrequest("x");
        assert_eq!((detail.as_source(), detail.as_frontend_cap()), (None, None));
        assert_eq!(detail.as_subrequest().as_deref(), Some("x"));
        assert_eq!(Detail::frontend_cap("y").as_frontend_cap().as_deref(), Some("y"));
    }
}
