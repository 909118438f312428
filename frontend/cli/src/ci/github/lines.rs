//! Jobs and steps as lines of YAML.

use serde_json::{Value, json};

use crate::ci::needs::CiNeeds;
use crate::ci::pins::Pins;

/// A job without its steps.
#[derive(Clone, Default)]
pub(super) struct Job {
    pub(super) name: Option<&'static str>,
    pub(super) needs: Vec<&'static str>,
    pub(super) condition: Option<&'static str>,
    pub(super) runner: String,
    /// The folder in which steps run.
    pub(super) folder: String,
    /// What the job may do with packages, if the registry of the code host is used.
    pub(super) packages: &'static str,
    pub(super) matrix: Vec<Value>,
}

impl Job {
    pub(super) fn head(&self, id: &str, needs: &CiNeeds) -> String {
        let mut text = format!("\n  {id}:\n");
        let mut line = |line: &str| text += &format!("    {line}\n");
        line(&format!("name: {}", self.name.map_or(id.to_owned(), |name| format!("\"{name}\""))));
        if !self.needs.is_empty() {
            line(&format!("needs: [{}]", self.needs.join(", ")));
        }
        if let Some(condition) = self.condition {
            line(&format!("if: {condition}"));
        }
        line(&format!(
            "runs-on: {}",
            if self.matrix.is_empty() { &self.runner } else { "${{ matrix.runner }}" }
        ));
        if needs.registries.contains("ghcr.io") {
            line(&format!("permissions: {{contents: read, packages: {}}} # for ghcr.io", self.packages));
        }
        match self.folder.as_str() {
            "" => line("defaults: {run: {shell: bash}}"),
            folder => {
                line(&format!("defaults: {{run: {{shell: bash, working-directory: {}}}}}", quoted(folder)))
            }
        }
        if !self.matrix.is_empty() {
            line("strategy:");
            line("  fail-fast: false");
            line("  matrix:");
            line("    include:");
            for entry in &self.matrix {
                line(&format!("      - {}", flow(entry)));
            }
        }
        line("steps:");
        text
    }
}

/// A step.
pub(super) struct Step {
    lines: Vec<String>,
    env: Vec<String>,
    run: Option<String>,
}

impl Step {
    pub(super) fn uses(pins: &Pins, action: &str) -> Self {
        Self { lines: vec![format!("uses: {}", pins.uses(action))], env: Vec::new(), run: None }
    }

    pub(super) fn run(name: &str, script: &str) -> Self {
        Self { lines: vec![format!("name: {name}")], env: Vec::new(), run: Some(script.to_owned()) }
    }

    pub(super) fn only_if(mut self, condition: &str) -> Self {
        self.lines.push(format!("if: {condition}"));
        self
    }

    pub(super) fn with(mut self, inputs: &[(&str, &str)]) -> Self {
        let inputs = inputs.iter().map(|(name, value)| format!("{name}: {value}"));
        self.lines.push(format!("with: {{{}}}", inputs.collect::<Vec<_>>().join(", ")));
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push(format!("{name}: {}", quoted(value)));
        self
    }

    pub(super) fn expression(mut self, name: &str, expression: &str) -> Self {
        self.env.push(format!("{name}: \"${{{{ {expression} }}}}\""));
        self
    }

    pub(super) fn text(self) -> String {
        let mut lines = self.lines;
        if !self.env.is_empty() {
            lines.push("env:".to_owned());
            lines.extend(self.env.into_iter().map(|line| format!("  {line}")));
        }
        if let Some(script) = self.run {
            lines.push("run: |".to_owned());
            lines.extend(
                script.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }),
            );
        }
        let mut text = String::new();
        for (number, line) in lines.into_iter().enumerate() {
            let indent = if number == 0 { "      - " } else { "        " };
            text += if line.is_empty() { "" } else { indent };
            text += &line;
            text.push('\n');
        }
        text
    }
}

/// A map in one line.
fn flow(map: &Value) -> String {
    let one = |value: &Value| match value {
        Value::String(text) => quoted(text),
        other => escaped(&other.to_string()),
    };
    let fields = map.as_object().into_iter().flatten().map(|(name, value)| format!("{name}: {}", one(value)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// A text as YAML in double quotes, which JSON is. What looks like an expression stays a text.
pub(super) fn quoted(text: &str) -> String {
    json!(escaped(text)).to_string()
}

/// Replaces the beginning of expressions by an expression for it.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_expression() {
        assert_eq!(quoted("a \"${{ x }}\"\n"), r#""a \"${{ '${{' }} x }}\"\n""#);
        assert_eq!(flow(&json!({"a": "b", "c": ["d"], "e": true})), r#"{a: "b", c: ["d"], e: true}"#);
    }
}
