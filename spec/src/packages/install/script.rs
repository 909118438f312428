//! The script that all managers have in common, filled in with the words of one.

use super::Wanted;
use crate::expr::shell_quoted;

/// The words of a manager.
pub(super) struct Dialect {
    /// Environment of the process.
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Paths and ids of the caches.
    pub(super) caches: Vec<(&'static str, String)>,
    /// Shell functions, `get` among them: the manager with its options.
    pub(super) functions: String,
    /// Refreshes the lists; empty when the installation does so.
    pub(super) refresh: String,
    /// Installs the packages that follow.
    pub(super) install: String,
    /// Whether the manager knows the package `$1`: a command.
    pub(super) known: &'static str,
    /// What comes for the build alone.
    pub(super) temporary: Temporary,
    /// Removes the packages that follow, as far as they are there.
    pub(super) remove: Removal,
    /// What the manager leaves behind, as words for `rm -f`.
    pub(super) traces: &'static str,
}

/// How packages are taken out again.
pub(super) enum Temporary {
    /// Everything that the installation added goes by this text, in which `$added` holds the packages.
    Added {
        /// A command that lists what is there.
        installed: &'static str,
        /// Takes `$added` out again.
        purge: &'static str,
    },
    /// The manager keeps a record of its own: how it installs what follows, and how it takes that out again.
    Recorded {
        /// Installs what follows.
        install: &'static str,
        /// Takes it out.
        purge: &'static str,
    },
}

/// How packages are removed.
pub(super) enum Removal {
    /// The manager minds no package that is not there.
    Direct(&'static str),
    /// A test whether `$package` is there, and the command that removes what follows.
    Present(&'static str, &'static str),
}

/// What is to be done.
pub(super) struct Work {
    pub(super) install: Wanted,
    pub(super) build_only: Wanted,
    pub(super) own: Option<String>,
    pub(super) remove: Vec<String>,
}

const FIRST_OF: &str = r#"first_of() {
    for name; do
        if known "$name"; then echo "$name"; return; fi
    done
    echo "no repository has any of these packages: $*" >&2
    return 1
}"#;

const NEWLY: &str = r#"added=
for package in $(installed); do
    case $before in *" $package "*) ;; *) added="$added $package" ;; esac
done"#;

/// The whole script.
pub(super) fn script(dialect: &Dialect, work: &Work) -> String {
    let mut lines = vec![dialect.functions.clone()];
    let choices = [&work.install, &work.build_only].map(|wanted| wanted.first_of.len());
    if choices.iter().any(|count| *count > 0) {
        lines.push(format!("known() {{ {}; }}\n{FIRST_OF}", dialect.known));
    }
    if !dialect.refresh.is_empty() && (!work.install.is_empty() || !work.build_only.is_empty()) {
        lines.push(dialect.refresh.clone());
    }
    if !work.install.is_empty() {
        lines.push(install(&dialect.install, &work.install, 1));
    }
    let temporary = (!work.build_only.is_empty()).then_some(&dialect.temporary);
    match temporary {
        Some(Temporary::Added { installed, .. }) => {
            lines.push(format!("installed() {{ {installed}; }}"));
            lines.push("before=\" $(echo $(installed)) \"".to_owned());
            lines.push(install(&dialect.install, &work.build_only, 1 + choices[0]));
            lines.push(NEWLY.to_owned());
        }
        Some(Temporary::Recorded { install: command, .. }) => {
            lines.push(install(command, &work.build_only, 1 + choices[0]));
        }
        None => {}
    }
    lines.extend(work.own.clone());
    match temporary {
        Some(Temporary::Added { purge, .. } | Temporary::Recorded { purge, .. }) => {
            lines.push((*purge).to_owned())
        }
        None => {}
    }
    if !work.remove.is_empty() {
        lines.push(removal(&dialect.remove, &work.remove));
    }
    lines.push(format!("rm -f {}\n", dialect.traces));
    lines.join("\n")
}

/// The function `retry`, which runs a command up to three times. `give_up` is a line of it that returns where another try is of no
/// use.
pub(super) fn retry(give_up: &str) -> String {
    format!(
        r#"retry() {{
    for pause in 1 5; do
        if "$@"; then return; fi
{give_up}        echo "once more in $pause s: $*" >&2
        sleep "$pause"
    done
    "$@"
}}"#
    )
}

/// Alternatives are chosen first, for a failure inside `"$( )"` would pass unseen.
fn install(command: &str, wanted: &Wanted, first: usize) -> String {
    let mut text = String::new();
    let mut all: Vec<String> = wanted.plain.iter().map(|name| shell_quoted(name)).collect();
    for (number, names) in (first..).zip(&wanted.first_of) {
        text.push_str(&format!("choice{number}=$(first_of {})\n", words(names)));
        all.push(format!("\"$choice{number}\""));
    }
    format!("{text}{command} \\\n    {}", all.join(" \\\n    "))
}

fn removal(removal: &Removal, names: &[String]) -> String {
    match removal {
        Removal::Direct(command) => format!("{command} {}", words(names)),
        Removal::Present(test, command) => format!(
            "gone=\nfor package in {}; do\n    if {test}; then gone=\"$gone $package\"; fi\ndone\n[ -z \"$gone\" ] || {command} $gone",
            words(names)
        ),
    }
}

/// Words of the shell.
pub(super) fn words(words: &[String]) -> String {
    words.iter().map(|word| shell_quoted(word)).collect::<Vec<_>>().join(" ")
}
