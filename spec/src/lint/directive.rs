//! Directives that turn rules of the lint off: `x-check: skip=a,b` beside the part of the file that they are for, or given from
//! outside for the whole file.

use crate::base::diagnostic::{Code, Diagnostic, Severity};
use crate::base::source::{Sources, Span};
use crate::base::suggest::did_you_mean;
use crate::yaml::{self, Node, Yaml};

/// What to do with diagnostics: `skip=all`, `skip=unused-arg,text-in-shell`, `error=true`. A `;` separates several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directive {
    /// The names of rules that are turned off.
    pub skip: Vec<String>,
    /// Whether all rules are turned off.
    pub skip_all: bool,
    /// Whether warnings become errors.
    pub error: bool,
}

impl Directive {
    /// Parses a directive. Unknown settings are ignored, since directives for other frontends have settings of their own.
    ///
    /// ```
    /// use varve_spec::Directive;
    /// let directive = Directive::parse("skip=unused-arg, text-in-shell;error=true");
    /// assert_eq!(directive.skip, ["unused-arg", "text-in-shell"]);
    /// assert!(directive.error && !directive.skip_all);
    /// assert!(Directive::parse("skip=all").skip_all);
    /// ```
    pub fn parse(text: &str) -> Self {
        let mut directive = Self::default();
        for (key, value) in text.split(';').filter_map(|part| part.split_once('=')) {
            let value = value.trim();
            match key.trim() {
                "skip" => {
                    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                    let (all, names): (Vec<&str>, Vec<&str>) = names.partition(|name| *name == "all");
                    directive.skip_all |= !all.is_empty();
                    directive.skip.extend(names.into_iter().map(str::to_owned));
                }
                "error" => directive.error = matches!(value, "true" | "1" | "yes" | "on"),
                _ => {}
            }
        }
        directive
    }

    fn skips(&self, code: Code) -> bool {
        self.skip_all || self.skip.iter().any(|name| name == code.name())
    }
}

/// Removes the diagnostics that directives turn off, and turns warnings into errors if a directive says so. Errors that fail a
/// build are kept. Errors come first, and both are sorted by place.
pub fn silence(found: Vec<Diagnostic>, sources: &Sources, directive: &Directive) -> Vec<Diagnostic> {
    let mut placed = Vec::new();
    let mut wrong = Vec::new();
    for id in sources.ids() {
        let text = sources.get(id).text();
        if text.contains("x-check")
            && let Ok(root) = yaml::parse(id, text)
        {
            collect(&root, Place::Top, &mut placed, &mut wrong);
        }
    }
    let applies = |found: &Diagnostic| {
        let around = placed.iter().filter(|(span, _)| span.is_none_or(|span| span.contains(found.span)));
        around.map(|(_, directive)| directive).chain([directive]).collect::<Vec<_>>()
    };
    let mut kept: Vec<Diagnostic> = found
        .into_iter()
        .chain(wrong)
        .filter_map(|mut found| {
            let directives = applies(&found);
            let fails_builds = found.is_error() && !super::is_rule(found.code);
            if !fails_builds && directives.iter().any(|directive| directive.skips(found.code)) {
                return None;
            }
            if directives.iter().any(|directive| directive.error) {
                found.severity = Severity::Error;
            }
            Some(found)
        })
        .collect();
    Diagnostic::sort(&mut kept);
    kept
}

/// The position of a node in the tree.
#[derive(Clone, Copy)]
enum Place {
    Top,
    /// The value of a key, with the place of the key.
    Key(Span),
    Item,
}

/// Finds every `x-check`, with the span that it is for: the map that contains it, together with the key of that map. At the top
/// level it is for the whole file.
fn collect(
    node: &Node<'_>,
    place: Place,
    placed: &mut Vec<(Option<Span>, Directive)>,
    wrong: &mut Vec<Diagnostic>,
) {
    match &node.yaml {
        Yaml::Map(entries) => {
            for entry in entries {
                if entry.key != "x-check" {
                    collect(&entry.value, Place::Key(entry.key_span), placed, wrong);
                    continue;
                }
                let directive = Directive::parse(entry.value.text().unwrap_or_default());
                if !directive.skip_all && !directive.error && directive.skip.is_empty() {
                    let found = Diagnostic::warning(
                        Code::UnknownRule,
                        entry.value.span,
                        "this `x-check` has no effect",
                    );
                    wrong.push(found.help("write `x-check: skip=NAME,NAME`, `skip=all` or `error=true`"));
                }
                for name in &directive.skip {
                    let known = Code::ALL.iter().map(|code| code.name());
                    if !known.clone().any(|known| known == name) {
                        let message = format!("unknown rule `{name}`");
                        let found = Diagnostic::warning(Code::UnknownRule, entry.value.span, message);
                        wrong.push(found.help_if(did_you_mean(name, known)));
                    }
                }
                let about = match place {
                    Place::Top => None,
                    Place::Key(key) => Some(key.to(node.span)),
                    Place::Item => Some(node.span),
                };
                placed.push((about, directive));
            }
        }
        Yaml::List(items) => items.iter().for_each(|item| collect(item, Place::Item, placed, wrong)),
        Yaml::Empty | Yaml::Scalar(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use super::*;
    use crate::family::Family;
    use crate::lint::check as check_all;
    use crate::matrix::MatrixQuery;

    /// Compares the codes of the remaining diagnostics with the expected ones. A `!` marks an error.
    fn check(text: &str, directive: &str, expect: &[&str]) {
        let sources = Sources::single("image.yaml", text);
        let query = MatrixQuery::new(Platform::new("linux", "amd64"));
        let checked = check_all(&Family::read(&sources), &sources, &query, &Directive::parse(directive));
        let name =
            |found: &Diagnostic| format!("{}{}", if found.is_error() { "!" } else { "" }, found.code.name());
        let found: Vec<String> = checked.found.iter().map(name).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn from_outside() {
        let text = "args: {a: \"1\"}\nvars: {v: x}\nstages: {s: {from: i}}\n";
        check(text, "", &["unused-arg", "unused-var"]);
        check(text, "skip=unused-arg", &["unused-var"]);
        check(text, "skip=all", &[]);
        check(text, "error=true", &["!unused-arg", "!unused-var"]);
        check(text, "skip=JSONArgsRecommended;error=false", &["unused-arg", "unused-var"]);
    }

    #[test]
    fn beside_what_it_is_about() {
        let stages = "stages: {s: {from: i}}\n";
        let silenced = "{default: \"1\", x-check: skip=unused-arg}";
        check(&format!("args: {{a: {silenced}, b: \"1\"}}\n{stages}"), "", &["unused-arg"]);
        check(&format!("x-check: skip=unused-arg\nargs: {{a: \"1\"}}\n{stages}"), "", &[]);
        check(&format!("x-check: error=true\nargs: {{a: \"1\"}}\n{stages}"), "", &["!unused-arg"]);
        let step =
            |more: &str| format!("stages: {{s: {{from: i, steps: [{{run: apt-get install x{more}}}]}}}}\n");
        check(&step(""), "", &["apt-without-update"]);
        check(&step(", x-check: skip=apt-without-update"), "", &[]);
    }

    #[test]
    fn what_fails_builds_is_not_silenced() {
        let text = "x-check: skip=all\naxes: {a: {x: {}, y: {p: z}}}\nstages: {s: {from: \"${{ a.p }}\"}}\n";
        check(text, "skip=all", &["!missing-property"]);
    }

    #[test]
    fn rules_that_there_are_not() {
        check("x-check: skip=unused-args\nstages: {s: {from: i}}\n", "", &["unknown-rule"]);
        check("x-check: unused-arg\nstages: {s: {from: i}}\n", "", &["unknown-rule"]);
    }
}
