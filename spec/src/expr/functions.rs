//! The functions of expressions, in one table. The parser, the evaluator and the documentation read it.

use std::fmt;
use std::ops::RangeInclusive;

use crate::base::value::{MAX_TEXT_BYTES, Value};
use crate::base::version;

/// A function. It is called as `f(x, a)` or as a filter, `x | f(a)`.
pub(crate) struct Function {
    /// The name.
    pub name: &'static str,
    /// An example call for messages and the reference.
    pub usage: &'static str,
    /// The number of arguments. The filtered value counts as the first one.
    pub arguments: RangeInclusive<usize>,
    /// The type of the result.
    pub gives: super::ValueType,
    /// Computes the result. The error says what was found and what was expected.
    pub call: fn(&[Value]) -> Result<Value, String>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

macro_rules! function {
    ($name:literal, $usage:literal, $arguments:expr, $gives:ident, $call:expr) => {
        Function {
            name: $name,
            usage: $usage,
            arguments: $arguments,
            gives: super::ValueType::$gives,
            call: $call,
        }
    };
}

/// All functions.
pub(super) static ALL: &[Function] = &[
    function!("lower", "x | lower", 1..=1, Text, |a| Ok(Value::text(text(a, 0)?.to_lowercase()))),
    function!("upper", "x | upper", 1..=1, Text, |a| Ok(Value::text(text(a, 0)?.to_uppercase()))),
    function!("replace", "x | replace(\"old\", \"new\")", 3..=3, Text, |a| {
        if text(a, 1)?.is_empty() {
            return Err("the string to replace is empty".into());
        }
        let (of, old, new) = (text(a, 0)?, text(a, 1)?, text(a, 2)?);
        if of.matches(old).count().saturating_mul(new.len()) > MAX_TEXT_BYTES {
            return Err(format!("the result has more than {MAX_TEXT_BYTES} bytes"));
        }
        Ok(Value::text(of.replace(old, new)))
    }),
    function!("trim", "x | trim", 1..=1, Text, |a| Ok(Value::text(text(a, 0)?.trim()))),
    function!("split", "x | split(\",\")", 2..=2, List, |a| {
        if text(a, 1)?.is_empty() {
            return Err("the separator is empty".into());
        }
        Ok(Value::list(text(a, 0)?.split(text(a, 1)?).map(Value::text)))
    }),
    function!("join", "list | join(\",\")", 2..=2, Text, |a| {
        let Value::List(items) = &a[0] else { return Err(format!("found {}, expected a list", a[0].noun())) };
        let items: Result<Vec<&str>, String> = (0..items.len()).map(|index| text(items, index)).collect();
        let (items, between) = (items?, text(a, 1)?);
        let size = items.iter().map(|item| item.len() + between.len()).fold(0, usize::saturating_add);
        if size > MAX_TEXT_BYTES {
            return Err(format!("the result has more than {MAX_TEXT_BYTES} bytes"));
        }
        Ok(Value::text(items.join(between)))
    }),
    // The parser makes it the key of a map, so it is not called.
    function!("digest", "digest(\"debian:12\")", 1..=1, Text, |a| Ok(a[0].clone())),
    function!("default", "x.property | default(\"value\")", 2..=2, Any, |a| Ok(a[0].clone())),
    function!("quote", "x | quote", 1..=1, Text, |a| Ok(Value::text(shell_quoted(text(a, 0)?)))),
    function!("slug", "x | slug", 1..=1, Text, |a| Ok(Value::text(slug(text(a, 0)?)))),
    function!("basename", "path | basename", 1..=1, Text, |a| {
        let path = text(a, 0)?.trim_end_matches('/');
        Ok(Value::text(path.rsplit('/').next().unwrap_or(path)))
    }),
    function!("dirname", "path | dirname", 1..=1, Text, |a| {
        let path = text(a, 0)?.trim_end_matches('/');
        Ok(Value::text(match path.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((folder, _)) => folder,
            None => ".",
        }))
    }),
    function!("major", "version | major", 1..=1, Text, |a| version_number(text(a, 0)?, 0, "major")),
    function!("minor", "version | minor", 1..=1, Text, |a| version_number(text(a, 0)?, 1, "minor")),
    function!("newest", "list | newest", 1..=1, Text, |a| {
        let Value::List(items) = &a[0] else { return Err(format!("found {}, expected a list", a[0].noun())) };
        let versions = (0..items.len()).map(|index| text(items, index)).collect::<Result<Vec<_>, _>>()?;
        let index = version::newest(versions).map_err(|error| error.to_string())?;
        index.map(|index| items[index].clone()).ok_or_else(|| "the list is empty".to_owned())
    }),
    function!("removeprefix", "x | removeprefix(\"v\")", 2..=2, Text, |a| {
        let (of, prefix) = (text(a, 0)?, text(a, 1)?);
        Ok(Value::text(of.strip_prefix(prefix).unwrap_or(of)))
    }),
    function!("removesuffix", "x | removesuffix(\".0\")", 2..=2, Text, |a| {
        let (of, suffix) = (text(a, 0)?, text(a, 1)?);
        Ok(Value::text(of.strip_suffix(suffix).unwrap_or(of)))
    }),
    function!("startswith", "x | startswith(\"cuda\")", 2..=2, Bool, |a| {
        Ok(Value::Bool(text(a, 0)?.starts_with(text(a, 1)?)))
    }),
    function!("endswith", "x | endswith(\"-dev\")", 2..=2, Bool, |a| {
        Ok(Value::Bool(text(a, 0)?.ends_with(text(a, 1)?)))
    }),
    function!("matches", "x | matches(\"3[.][0-9]+\")", 2..=2, Bool, |a| {
        Ok(Value::Bool(whole_match(text(a, 1)?)?.is_match(text(a, 0)?)))
    }),
    function!("truncate", "x | truncate(7)", 2..=2, Text, |a| {
        let most: usize = text(a, 1)?
            .parse()
            .map_err(|_| format!("found `{}`, expected the number of characters", a[1]))?;
        Ok(Value::text(text(a, 0)?.chars().take(most).collect::<String>()))
    }),
    function!("first", "list | first", 1..=1, Any, |a| item(a, <[Value]>::first)),
    function!("last", "list | last", 1..=1, Any, |a| item(a, <[Value]>::last)),
    function!("length", "x | length", 1..=1, Text, |a| {
        let length = match &a[0] {
            Value::List(items) => items.len(),
            _ => text(a, 0)?.chars().count(),
        };
        Ok(Value::text(length.to_string()))
    }),
];

/// The function with this name.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    ALL.iter().find(|function| function.name == name)
}

/// Compiles a regular expression that has to match a whole string. The error is a message for the user.
pub(crate) fn whole_match(pattern: &str) -> Result<regex_lite::Regex, String> {
    regex_lite::Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
}

fn text(arguments: &[Value], index: usize) -> Result<&str, String> {
    arguments[index].as_text().ok_or_else(|| format!("found {}, expected a string", arguments[index].noun()))
}

/// The item of a list that `choose` returns.
fn item(arguments: &[Value], choose: fn(&[Value]) -> Option<&Value>) -> Result<Value, String> {
    let Value::List(items) = &arguments[0] else {
        return Err(format!("found {}, expected a list", arguments[0].noun()));
    };
    choose(items).cloned().ok_or_else(|| "the list is empty".to_owned())
}

fn version_number(version: &str, index: usize, which: &str) -> Result<Value, String> {
    version::number(version, index)
        .map(Value::text)
        .ok_or_else(|| format!("`{version}` has no {which} number"))
}

/// Quotes a string as one word for a POSIX shell. A string of harmless characters is returned as it is, any other one in single
/// quotes.
pub fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Makes a string usable in a tag: in lower case, with single hyphens in place of all characters except letters, digits, `.` and
/// `_`.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
