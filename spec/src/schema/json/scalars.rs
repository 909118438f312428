//! Schemas of the kinds of strings.
//!
//! In `image.yaml`, a plain `3.10` or `true` is a string. The YAML parser of an editor reads it as a number or a truth value. So
//! the schema allows numbers and truth values where a string of that kind can look like one.

use super::value::Json;
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{self, Keys};
use crate::schema::written::Written;

/// Added to a pattern, it accepts any string with an expression. The value of the expression is checked when a variant is planned.
const OR_EXPRESSION: &str = r"|\$\{\{";

/// The pattern of names that expressions use.
const IDENTIFIER: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// The pattern of names of stages, targets and the like.
const NAME: &str = "^[A-Za-z][A-Za-z0-9_.-]*$";
/// The pattern of names of axis values.
const AXIS_VALUE: &str = "^[A-Za-z0-9][-A-Za-z0-9._+/:@]*$";

/// The name of the definition for a kind of string.
pub(super) fn name(kind: Scalar) -> String {
    let name = match kind {
        Scalar::Content => "content",
        Scalar::Text => "text",
        Scalar::Script => "script",
        Scalar::Filled => "filled-text",
        Scalar::Written(Written::Text | Written::Argument) => "text",
        Scalar::Written(Written::Setting | Written::EnvValue) => "setting",
        Scalar::Written(kind) => return shapes::place(kind.noun()).replace(' ', "-"),
        Scalar::Bool => "bool",
        Scalar::Number => "number",
        Scalar::AbsolutePath => "absolute-path",
        Scalar::Mode => "mode",
        Scalar::OctalMode => "octal-mode",
        Scalar::Owner => "owner",
        Scalar::Ids => "owner-by-number",
        Scalar::Size => "size",
        Scalar::Duration => "duration",
        Scalar::Seconds => "seconds",
        Scalar::Timestamp => "timestamp",
        Scalar::Limit => "limit",
        Scalar::Signal => "signal",
        Scalar::Address => "address",
        Scalar::Port => "port",
        Scalar::Sha256 => "sha256",
        Scalar::Commit => "commit",
        Scalar::AxisValue => "value-of-an-axis",
        Scalar::Tag => "tag",
        Scalar::LanguageVersion => "version",
        Scalar::Word(words) => return words.join("-or-"),
        Scalar::Expression => "expression",
    };
    name.to_owned()
}

/// The schema of a kind of string.
pub(super) fn schema(kind: Scalar, expressions: Expressions) -> Json {
    if let Scalar::Word(words) = kind {
        let texts = Json::texts(words.iter().copied());
        // YAML reads the word `true` as a boolean.
        let booleans = words.contains(&"true").then(|| ("type", Json::text("boolean")));
        let words = match booleans {
            Some(boolean) => {
                let words = Json::map([("enum", texts)]);
                Json::map([("anyOf", Json::List(vec![Json::map([boolean]), words]))])
            }
            None => Json::map([("enum", texts)]),
        };
        return match expressions {
            Expressions::Allowed => {
                Json::map([("anyOf", Json::List(vec![words, written(&OR_EXPRESSION[1..])]))])
            }
            Expressions::Refused => words,
        };
    }
    let (types, pattern): (&[&str], &str) = match kind {
        Scalar::Content | Scalar::Text | Scalar::Script => (&["string", "number", "boolean"], ""),
        Scalar::Written(kind) => (&["string", "number", "boolean"], written_pattern(kind)),
        Scalar::Filled => (&["string", "number", "boolean"], r"\S"),
        Scalar::Expression => (&["string", "boolean"], r"\S"),
        Scalar::Bool => (&["boolean", "string"], "^(true|false)$"),
        Scalar::Number => (&["integer", "string"], "^[0-9]+$"),
        Scalar::AbsolutePath => (&["string"], "^/"),
        Scalar::Mode => (
            &["string", "integer"],
            "^((0o)?[0-7]{1,5}|[ugoa]*[-+=][-rwxXstugo+=]*(,[ugoa]*[-+=][-rwxXstugo+=]*)*)$",
        ),
        Scalar::OctalMode => (&["string", "integer"], "^(0o)?[0-7]{1,5}$"),
        Scalar::Owner => (&["string", "integer"], r"^[^\s:/-][^\s:/]*(:[^\s:/-][^\s:/]*)?$"),
        Scalar::Ids => (&["string", "integer"], "^[0-9]+(:[0-9]+)?$"),
        Scalar::Size => (&["string", "integer"], "^[0-9]+([bB]|[kKmMgG]([iI]?[bB])?)?$"),
        Scalar::Duration => (&["string"], "^([0-9]+(ms|s|m|h))+$"),
        Scalar::Seconds => (&["string"], "^([0-9]+[smh])+$"),
        Scalar::Timestamp => (
            &["string"],
            "^([0-9]{8}T[0-9]{6}Z|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([0-9]{2}:){2}[0-9]{2}([Zz]|[-+][0-9]{2}:[0-9]{2}))?)$",
        ),
        Scalar::Limit => (&["string", "integer"], "^(-1|[0-9]+)(:(-1|[0-9]+))?$"),
        Scalar::Signal => {
            (&["string", "integer"], r"^([1-9]|[1-5][0-9]|6[0-4]|[A-Za-z][A-Za-z0-9]*([-+][1-9][0-9]?)?)$")
        }
        Scalar::Address => (&["string"], "^[0-9A-Fa-f:.]+$"),
        Scalar::Port => (&["string", "integer"], "^[0-9]+(-[0-9]+)?(/(tcp|udp|sctp))?$"),
        Scalar::Sha256 => (&["string"], "^(sha256:)?[0-9a-f]{64}$"),
        Scalar::Commit => (&["string"], "^([0-9a-f]{40}|[0-9a-f]{64})$"),
        Scalar::LanguageVersion => (&["string", "number"], r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"),
        Scalar::AxisValue => (&["string", "number", "boolean"], AXIS_VALUE),
        Scalar::Tag => (&["string"], r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$"),
        Scalar::Word(_) => (&["string"], ""),
    };
    let types = match types {
        [single] => Json::text(*single),
        several => Json::texts(several.iter().copied()),
    };
    let json = Json::map([("type", types)]);
    // These kinds accept `${{ }}` as a part of any string, so it has to be excluded. The patterns of the other kinds do not match
    // it.
    let open =
        matches!(kind, Scalar::Content | Scalar::Text | Scalar::Script | Scalar::Filled | Scalar::Written(_));
    let json = match expressions {
        Expressions::Refused if open => json.with("not", written(&OR_EXPRESSION[1..])),
        _ => json,
    };
    let pattern = match expressions {
        _ if pattern.is_empty() => return json,
        // The pattern `\S` accepts every string with an expression already.
        Expressions::Allowed if pattern != r"\S" => format!("{pattern}{OR_EXPRESSION}"),
        _ => pattern.to_owned(),
    };
    let json = json.with("pattern", Json::text(pattern));
    if matches!(kind, Scalar::Number) { json.with("minimum", Json::Number(0)) } else { json }
}

/// A pattern that all texts of a kind match, and most others do not: editors need not know the rare characters that varve refuses.
fn written_pattern(kind: Written) -> &'static str {
    match kind {
        Written::Text | Written::Argument | Written::Setting | Written::EnvValue => "",
        Written::Value => r"^[^\r\n]*$",
        Written::Line | Written::Path | Written::Paths | Written::Id => r"^[^\r\n]*\S[^\r\n]*$",
        Written::Word => r"^\S+$",
        Written::Operand | Written::Requirement => r"^[^-\r\n][^\r\n]*$",
        Written::Interpreter => r"^(/[^\r\n]*|[^-/0-9\r\n][^/\r\n]*)$",
        Written::FileName => r"^[^-/\s][^/\s]*$",
        Written::AccountPath => r"^/[^:\r\n]*$",
        Written::KeyPath => r"^/[^\s,#]*$",
        Written::Url => r"^[^-\s]\S*$",
        Written::Address => r"^(/|[A-Za-z][A-Za-z0-9+.-]*:/)\S*$",
        Written::PackageName => "^[!-,.-~]([!-~]*[!-,.-~])?$",
        Written::PackageVersion => "^[A-Za-z0-9.+:~^_*?][A-Za-z0-9.+:~^_*?-]*$",
        Written::GitRef => r"^[^-\s~^:?*\[\\][^\s~^:?*\[\\]*$",
        Written::Variable => "^[A-Za-z_.][A-Za-z0-9_.-]*$",
        Written::HostName | Written::FieldName => "^[A-Za-z0-9._][A-Za-z0-9._-]*$",
        Written::LabelName => r"^[^=\r\n]+$",
    }
}

/// Whether a string may contain `${{ }}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expressions {
    /// The string may contain expressions, as its value depends on the variant.
    Allowed,
    /// The string has no expressions, as it is read before a variant is selected.
    Refused,
}

/// The schema of the names that a user may choose as keys of a map.
pub(super) fn names(keys: Keys) -> Json {
    match keys {
        Keys::Environment => written(written_pattern(Written::Variable)),
        Keys::Identifier => written(IDENTIFIER),
        Keys::AxisValue => written(&format!("{AXIS_VALUE}|^x-")),
        Keys::Free | Keys::Data => Json::map([("minLength", Json::Number(1))]),
        Keys::Written(kind) => written(written_pattern(kind)),
        Keys::Words(words) => Json::map([("enum", Json::texts(words.iter().copied()))]),
        Keys::Name => {
            let taken = Json::map([("enum", Json::texts(["scratch", "context"]))]);
            written(NAME).with("not", taken)
        }
    }
}

/// The schema of a string that matches a pattern.
fn written(pattern: &str) -> Json {
    Json::map([("type", Json::text("string")), ("pattern", Json::text(pattern))])
}
