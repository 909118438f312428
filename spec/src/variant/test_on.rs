//! Tests of a pushed image on runners of CI, between the push and the tags. A build does not run them.

use super::concrete::ConcreteValue;
use crate::base::diagnostic::{Code, Diagnostic};

/// A test of a pushed image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOn {
    /// The platform of the image.
    pub platform: String,
    /// What CI shows for the test.
    pub name: Option<String>,
    /// The labels of the runner. At least one.
    pub runner: Vec<String>,
    /// The shell script. The variable `IMAGE` has the name of the image.
    pub run: String,
}

impl TestOn {
    /// Reads the tests of a target that is expanded for this platform. Tests with mistakes are left out; the mistakes are added to `found`.
    pub(crate) fn read(target: &ConcreteValue, platform: &str, found: &mut Vec<Diagnostic>) -> Vec<Self> {
        let items = target.get("test-on").map(ConcreteValue::items).unwrap_or_default();
        let mut tests = Vec::new();
        for item in items.iter().filter(|item| item.is_complete) {
            let test = Self {
                platform: platform.to_owned(),
                name: item.text("name"),
                runner: item.texts("runner"),
                run: item.texts("run").join("\n"),
            };
            if test.runner.is_empty() {
                let error = Diagnostic::error(Code::MissingKey, item.span, "a test has no label of a runner");
                found.push(error.help("add a label, or `if` to leave out the test"));
            } else {
                tests.push(test);
            }
        }
        tests
    }
}
