//! A difference: what differs, and what each image has.

use std::fmt;

use buildkit_names::redacted;
use serde_json::{Map, Value};

/// A difference of two images. Its text is a line such as `/etc/motd: mode: 0644 -> 0600`.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The name of what differs: a path, or a name such as `config.Env.PATH`.
    pub name: String,
    /// The property of a file that differs. `None` for other differences, and if only one of the images has the file.
    pub aspect: Option<Aspect>,
    /// What the first image has. `None` if it has nothing.
    pub first: Option<Side>,
    /// What the second image has. `None` if it has nothing.
    pub second: Option<Side>,
    /// The first line that differs, if the contents are small texts.
    pub line: Option<DifferingLine>,
}

/// A property of a file or of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Aspect {
    /// The type: a file, a folder, a link or a device.
    Type,
    /// The permission bits.
    Mode,
    /// The user and the group.
    Owner,
    /// The target of a symbolic link.
    Target,
    /// The other names of the file, which are hard links.
    Links,
    /// The size and the digest.
    Content,
    /// An extended attribute, by name.
    Xattr(String),
    /// The major and minor number of a device.
    Device,
    /// The modification time.
    Time,
    /// The order of a list with the same values.
    Order,
}

impl Aspect {
    /// Returns the name of the property in texts, in JSON and in ignore patterns.
    pub fn name(&self) -> String {
        let name = match self {
            Aspect::Type => "type",
            Aspect::Mode => "mode",
            Aspect::Owner => "owner",
            Aspect::Target => "target",
            Aspect::Links => "links",
            Aspect::Content => "content",
            Aspect::Xattr(name) => return format!("xattrs.{name}"),
            Aspect::Device => "device",
            Aspect::Time => "mtime",
            Aspect::Order => "order",
        };
        name.to_owned()
    }
}

/// What one of the images has.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The value for programs.
    pub value: Value,
    /// The text for people.
    pub text: String,
}

impl Side {
    /// Creates a side from a text, which is also the value.
    pub(crate) fn text(text: &str) -> Side {
        Side { value: text.into(), text: text.to_owned() }
    }

    /// Creates a side from a value. People see its JSON.
    pub(crate) fn value(value: &Value) -> Side {
        Side { value: value.clone(), text: value.to_string() }
    }

    /// Creates a side from a number of bytes.
    pub(crate) fn bytes(count: u64) -> Side {
        Side { value: count.into(), text: format!("{count} bytes") }
    }

    /// Creates a side from a number of things, such as `3 layers`.
    pub(crate) fn count(count: usize, what: &str) -> Side {
        Side { value: count.into(), text: format!("{count} {what}") }
    }
}

/// The first line that differs, in both images. A line includes its line end, and is `None` if the text ends before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingLine {
    /// The number of the line, counted from 1.
    pub number: usize,
    /// The line of the first image.
    pub first: Option<String>,
    /// The line of the second image.
    pub second: Option<String>,
}

impl Difference {
    pub(crate) fn new(name: impl Into<String>, first: Option<Side>, second: Option<Side>) -> Difference {
        Difference { name: name.into(), aspect: None, first, second, line: None }
    }

    pub(crate) fn changed(name: impl Into<String>, first: Side, second: Side) -> Difference {
        Difference::new(name, Some(first), Some(second))
    }

    pub(crate) fn of(self, aspect: Aspect) -> Difference {
        Difference { aspect: Some(aspect), ..self }
    }

    /// The difference as people and programs see it: without the passwords of URLs, which the environment and the history can contain.
    pub(crate) fn shown(mut self) -> Difference {
        self.name = redacted(&self.name).into_owned();
        for side in [&mut self.first, &mut self.second].into_iter().flatten() {
            side.text = redacted(&side.text).into_owned();
            redact(&mut side.value);
        }
        self
    }

    /// Returns the difference as JSON with the keys `name`, `aspect`, `first`, `second` and `line`. A key without a value is left
    /// out.
    pub fn json(&self) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), self.name.clone().into());
        let aspect = self.aspect.as_ref().map(|aspect| Value::from(aspect.name()));
        let side = |side: &Option<Side>| side.as_ref().map(|side| side.value.clone());
        let parts = [("aspect", aspect), ("first", side(&self.first)), ("second", side(&self.second))];
        map.extend(parts.into_iter().filter_map(|(key, value)| Some((key.into(), value?))));
        if let Some(line) = &self.line {
            let value =
                serde_json::json!({"number": line.number, "first": line.first, "second": line.second});
            map.insert("line".into(), value);
        }
        Value::Object(map)
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = redacted(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(map) => map.values_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The length at which texts for people are cut, in characters.
const LONGEST: usize = 300;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name of a label or of a variable can contain any character.
        write!(f, "{}", printable(&self.name))?;
        if let Some(aspect) = &self.aspect {
            write!(f, ": {}", printable(&aspect.name()))?;
        }
        let text = |side: &Side| cut(&printable(&side.text));
        match (&self.first, &self.second) {
            (Some(first), Some(second)) => write!(f, ": {} -> {}", text(first), text(second))?,
            (Some(first), None) => write!(f, ": only in the first: {}", text(first))?,
            (None, Some(second)) => write!(f, ": only in the second: {}", text(second))?,
            (None, None) => {}
        }
        if let Some(line) = &self.line {
            let text = |line: &Option<String>| match line {
                Some(line) => cut(&format!("{line:?}")),
                None => "the end".to_owned(),
            };
            write!(f, "; line {}: {} -> {}", line.number, text(&line.first), text(&line.second))?;
        }
        Ok(())
    }
}

/// Formats a text as one line without control characters, which a terminal would interpret.
pub(crate) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}... ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}
