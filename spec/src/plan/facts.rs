//! Facts: values that a built file system tells.

use std::collections::BTreeMap;

use super::process::{self, Process, Script};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::map_of;
use crate::base::source::Span;
use crate::base::suggest::{listing, nearest};
use crate::base::utf8::utf8;
use crate::expr::builtins::facts::NAME;
use crate::family::data_file;
use crate::family::file_value::{self, FilePart, FileValue};
use crate::schema::kinds::FactKind;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// How much of a file or of the output of a script is searched for a value, in bytes.
pub const MAX_FACT_BYTES: usize = 1 << 20;

/// A fact of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The place of the whole map.
    pub span: Span,
    /// Where the text comes from that has the value.
    pub source: FactSource,
    /// The names that lead to the value in a text with keys.
    pub key: Vec<String>,
    /// The regular expression whose first group is the value.
    pub regex: Option<String>,
}

/// Where the text of a fact comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum FactSource {
    /// This script prints it in the built image.
    Run(Box<Process>),
    /// This file of the built image has it. The path is absolute.
    File(String),
}

impl Fact {
    /// The value in the text of the fact, without white space at both ends.
    ///
    /// # Errors
    /// The text is not UTF-8, has no such part, or the part is empty or not a string.
    pub fn value(&self, text: Vec<u8>) -> Result<String, Box<Diagnostic>> {
        let error = |message: String| Box::new(Diagnostic::error(Code::FileValue, self.span, message));
        let path = match &self.source {
            FactSource::Run(_) => "stdout".to_owned(),
            FactSource::File(path) => path.clone(),
        };
        let text = utf8(text).map_err(|_| error(format!("`{path}` is not a text in UTF-8")))?;
        let part = match (&self.regex, self.key.as_slice()) {
            (Some(regex), _) => {
                FilePart::Regex(regex_lite::Regex::new(regex).map_err(|wrong| error(wrong.to_string()))?)
            }
            (None, []) => FilePart::Whole,
            (None, key) => FilePart::Key(key.to_vec()),
        };
        let value = file_value::extract(&FileValue { path: path.clone(), span: self.span, part }, &text);
        let value = value.map_err(error)?;
        match value.as_text().map(str::trim) {
            Some("") => Err(error(format!("the value in `{path}` is empty"))),
            Some(value) => Ok(value.to_owned()),
            None => Err(error(format!("the value in `{path}` is {}, expected a string", value.noun()))),
        }
    }
}

/// Makes the facts of a map under `facts`.
pub(super) fn facts(map: Option<&ConcreteValue>, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Fact> {
    let fields = map.map(ConcreteValue::fields).unwrap_or_default();
    let facts = fields.iter().filter_map(|field| Some((field.key.to_string(), fact(&field.value, found)?)));
    map_of(facts)
}

fn fact(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Fact> {
    let (kind, value) = data.fact()?;
    let mut report = |span: Span, message: String| {
        found.push(Diagnostic::error(Code::BadValue, span, message));
    };
    if let (Some(_), Some(regex)) = (data.get("key"), data.get("regex")) {
        let error = Diagnostic::error(Code::KeyConflict, regex.span, "there are both `key` and `regex`");
        found.push(error.help("remove one of them"));
        return None;
    }
    let regex = data.text("regex");
    if let (Some(Err(error)), Some(at)) = (regex.as_deref().map(regex_lite::Regex::new), data.get("regex")) {
        report(at.span, format!("not a regular expression: {error}"));
        return None;
    }
    let key = match data.get("key") {
        Some(ConcreteValue { kind: ConcreteKind::Text(names), .. }) => {
            names.split('.').map(str::to_owned).collect()
        }
        _ => data.texts("key"),
    };
    let source = match kind {
        FactKind::Run => {
            let text = process::script_text(value);
            if text.trim().is_empty() {
                report(value.span, "the script is empty".to_owned());
            }
            let shell = process::shell(data, found);
            let script = Script::Run { text, shell };
            FactSource::Run(Box::new(process::process(data, script, Vec::new(), found)))
        }
        FactKind::File => {
            let path = value.as_text()?;
            if !key.is_empty() && !data_file::has_keys(path) {
                report(value.span, format!("`{path}` is not a TOML, JSON or YAML file, so it has no keys"));
            }
            FactSource::File(path.to_owned())
        }
    };
    Some(Fact { span: data.span, source, key, regex })
}

/// Reports each fact that is read and that the stage does not have.
pub(super) fn check(
    needed: &[(Span, String)],
    facts: &BTreeMap<String, Fact>,
    stage: &str,
    found: &mut Vec<Diagnostic>,
) {
    for (span, name) in needed.iter().filter(|(_, name)| !facts.contains_key(name)) {
        let known = || facts.keys().map(String::as_str);
        let message = format!("the stage `{stage}` has no fact `{name}`");
        let error = Diagnostic::error(Code::MissingProperty, *span, message);
        let label = match listing(known()) {
            Some(known) => format!("it has {known}, with those of the stages that it starts from"),
            None => "neither it nor a stage that it starts from has `facts`".to_owned(),
        };
        let help =
            nearest(name, known()).map(|near| format!("did you mean `{near}`?")).unwrap_or_else(|| {
                format!("add it under `facts` of the stage, or write `{NAME}.{name} | default(...)`")
            });
        found.push(error.label(label).help(help));
    }
}
