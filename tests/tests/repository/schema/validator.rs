//! A validator for the part of JSON Schema that `docs/image.schema.json` uses. Another keyword is an error.

use regex_lite::Regex;
use serde_json::{Map, Value};

/// Keywords that do not affect validation.
const WORDS: [&str; 5] = ["$schema", "title", "description", "examples", "definitions"];

/// A whole schema, with the targets of references.
pub(crate) struct Validator {
    root: Value,
}

impl Validator {
    pub(crate) fn new(schema: &str) -> Self {
        Self { root: serde_json::from_str(schema).unwrap() }
    }

    /// The first mistake in a document.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        self.fits(&self.root, value, "")
    }

    fn fits(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return Err(format!("{at}: not allowed")),
            other => other.as_object().unwrap(),
        };
        for (keyword, rule) in schema {
            let fits = match keyword.as_str() {
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                    let definition = self.root["definitions"].get(name);
                    self.fits(definition.unwrap_or_else(|| panic!("no definition {name}")), value, at)?;
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|kind| is(kind, value)),
                    kind => is(kind, value),
                },
                "enum" => rule.as_array().unwrap().contains(value),
                "pattern" => value.as_str().is_none_or(|text| matches(rule, text)),
                "minLength" => {
                    value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap())
                }
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "minItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())
                }
                "minProperties" => {
                    value.as_object().is_none_or(|map| map.len() as u64 >= rule.as_u64().unwrap())
                }
                "required" => {
                    let names = rule.as_array().unwrap();
                    value
                        .as_object()
                        .is_none_or(|map| names.iter().all(|name| map.contains_key(name.as_str().unwrap())))
                }
                "anyOf" => self.fitting(rule, value, at) > 0,
                "oneOf" => self.fitting(rule, value, at) == 1,
                "allOf" => self.fitting(rule, value, at) == rule.as_array().unwrap().len(),
                "not" => self.fits(rule, value, at).is_err(),
                "items" => {
                    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    for (index, item) in items.iter().enumerate() {
                        self.fits(rule, item, &format!("{at}/{index}"))?;
                    }
                    true
                }
                "propertyNames" => {
                    for name in value.as_object().iter().flat_map(|map| map.keys()) {
                        self.fits(rule, &Value::from(name.as_str()), &format!("{at}/{name}"))?;
                    }
                    true
                }
                "properties" => {
                    self.properties(schema, value, at)?;
                    true
                }
                "patternProperties" | "additionalProperties" if schema.contains_key("properties") => true,
                "patternProperties" => true,
                "additionalProperties" => {
                    self.properties(schema, value, at)?;
                    true
                }
                word => {
                    assert!(WORDS.contains(&word), "the keyword `{word}` is not known here");
                    true
                }
            };
            if !fits {
                return Err(format!("{at}: not {keyword} {rule}"));
            }
        }
        Ok(())
    }

    fn properties(&self, schema: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
        let Some(map) = value.as_object() else { return Ok(()) };
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        for (name, value) in map {
            let known = schema.get("properties").and_then(|known| known.get(name));
            let by_pattern = patterns.iter().flat_map(|patterns| patterns.iter());
            let fitting = by_pattern
                .filter(|(pattern, _)| Regex::new(pattern).unwrap().is_match(name))
                .map(|(_, rule)| rule);
            let mut rules: Vec<&Value> = known.into_iter().chain(fitting).collect();
            if rules.is_empty() {
                rules.extend(schema.get("additionalProperties"));
            }
            for rule in rules {
                self.fits(rule, value, &format!("{at}/{name}"))?;
            }
        }
        Ok(())
    }

    fn fitting(&self, rules: &Value, value: &Value, at: &str) -> usize {
        rules.as_array().unwrap().iter().filter(|rule| self.fits(rule, value, at).is_ok()).count()
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type `{other}` is not known here"),
    }
}

fn matches(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}
