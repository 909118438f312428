//! `retry`: runs a process again if it fails.

use std::fmt;
use std::time::Duration;

use super::process::{Process, SHELL, Script};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::scalars;
use crate::variant::concrete::ConcreteValue;

/// How often and when a process runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often it runs again, at most.
    pub times: u32,
    /// The pause before each further run, in whole seconds.
    pub delay: Duration,
}

/// The largest number of further runs.
const MOST: u64 = 100;
/// The pause if the build file sets none.
const DELAY: Duration = Duration::from_secs(5);

/// Runs its arguments behind the first two until they succeed: the number of further runs, and the pause in seconds. Its variables have
/// names that the environment of the process does not have.
const LOOP: &str = r#"varve_left=$1 varve_pause=$2
shift 2
until "$@"; do
    varve_code=$?
    [ "$varve_left" -gt 0 ] || exit "$varve_code"
    echo "retry: exit code $varve_code; $varve_left left, the next one in $varve_pause s" >&2
    varve_left=$((varve_left - 1))
    sleep "$varve_pause"
done"#;

/// The value of the key `retry`: a number, or a map.
pub(super) fn retry(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Retry> {
    let value = data.get_if_known("retry")?;
    let number = |text: &str| scalars::number(text);
    let (times, delay) = match value.as_text() {
        Some(text) => (number(text), None),
        None => (
            value.text("times").and_then(|text| number(&text)),
            value.text("delay").and_then(|text| scalars::seconds(&text)).map(Duration::from_secs),
        ),
    };
    let times = times?;
    if times > MOST {
        let error = Diagnostic::error(Code::BadValue, value.span, format!("{times} is too many runs"));
        found.push(error.label(format!("expected {MOST} at most")));
    }
    let retry = Retry { times: times.min(MOST) as u32, delay: delay.unwrap_or(DELAY) };
    (retry.times > 0).then_some(retry)
}

impl Retry {
    /// What runs again in a loop, and how often. `None` for arguments of another process.
    pub fn of_loop<W: AsRef<str>>(argv: &[W]) -> Option<(Self, &[W])> {
        let [_, _, text, _, times, pause, words @ ..] = argv else { return None };
        let times = times.as_ref().parse().ok()?;
        let delay = Duration::from_secs(pause.as_ref().parse().ok()?);
        (text.as_ref() == LOOP).then_some((Self { times, delay }, words))
    }
}

/// In a few words: `2 times, 5s apart`.
impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = if self.times == 1 { "time" } else { "times" };
        write!(f, "{} {times}, {}s apart", self.times, self.delay.as_secs())
    }
}

impl Process {
    /// The process in a loop that runs it again if it fails, if it has `retry`. `shell` is the shell of the stage. The loop runs in the
    /// `/bin/sh` of the stage.
    pub(super) fn in_loop(self, shell: Option<&[String]>) -> Self {
        let Some(Retry { times, delay }) = self.retry else { return self };
        let usual = SHELL.map(str::to_owned);
        let words = match &self.script {
            Script::Exec(argv) => argv.clone(),
            Script::Run { text, shell: own } => {
                let shell = own.as_deref().or(shell).unwrap_or(&usual);
                shell.iter().chain([text]).cloned().collect()
            }
        };
        // `sleep` of a small image takes whole seconds.
        let pause = delay.as_secs();
        let front = ["/bin/sh", "-c", LOOP, "retry"].map(str::to_owned);
        let front = front.into_iter().chain([times.to_string(), pause.to_string()]);
        Self { script: Script::Exec(front.chain(words).collect()), retry: None, ..self }
    }
}
