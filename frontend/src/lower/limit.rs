//! The limit of what lowering copies. Each process has all variables of its environment, so their number grows with the number of
//! variables times the number of processes.

use buildkit_llb::Env;
use varve_spec::plan::{EnvChange, Step};
use varve_spec::{Code, Diagnostic, Span};

use super::Lowerer;
use crate::image_config::config::change_env;

/// The largest size of all environments together, in bytes. BuildKit accepts no message of more than 16 MiB
/// (`defaults.DefaultMaxRecvMsgSize` of containerd). The message of a build contains these environments and everything else of its
/// operations.
const MAX_COPIED: usize = 12 << 20;
/// What an operation has beside its variables, in bytes: at least the digest of what it runs on, and its own digest.
const OPERATION: usize = 150;
/// What a variable has beside its name and value, in bytes: the `=` and the prefix of its encoding.
const VARIABLE: usize = 3;
/// The largest size of one variable with its name and a NUL, in bytes (`MAX_ARG_STRLEN` in Linux' `binfmts.h`).
const MAX_VARIABLE: usize = 128 << 10;

/// What lowering has copied so far.
#[derive(Debug, Default)]
pub(super) struct Limit {
    copied: usize,
}

impl Limit {
    /// Whether more was copied than the limit allows, which was reported then.
    pub(super) fn is_exceeded(&self) -> bool {
        self.copied > MAX_COPIED
    }
}

impl Lowerer<'_, '_> {
    /// Counts bytes that a step or stage copies. Returns `false` if they are too many, and reports that once.
    pub(super) fn take(&mut self, bytes: usize, span: Span) -> bool {
        let reported = self.limit.is_exceeded();
        self.limit.copied = self.limit.copied.saturating_add(bytes);
        if !self.limit.is_exceeded() {
            return true;
        }
        if !reported {
            let message = "the environments of the steps are too large together";
            let error = Diagnostic::error(Code::BadValue, span, message);
            let error = error.label(format!("with this step, they have more than {MAX_COPIED} bytes"));
            self.diagnostics.push(
                error.help("BuildKit could not receive the build; set variables only in the `env` of the steps that need them"),
            );
        }
        false
    }

    /// The environment of a process. It is empty if all environments together are too large.
    pub(super) fn process_env(&mut self, step: &Step, changes: &[EnvChange], env: &Env) -> Env {
        let mut env = env.clone();
        self.change_env(step, changes, &mut env);
        let bytes = env.iter().map(|(name, value)| name.len() + value.len() + VARIABLE).sum::<usize>();
        if self.take(OPERATION + bytes, step.span) { env } else { Env::new() }
    }

    /// Applies the changes of a step. Reports a variable that becomes too long, and removes it.
    pub(super) fn change_env(&mut self, step: &Step, changes: &[EnvChange], env: &mut Env) {
        change_env(env, changes);
        for change in changes {
            let length =
                env.get(&change.name).map_or(0, |value| change.name.len() + value.len() + "=\0".len());
            if length > MAX_VARIABLE {
                env.remove(&change.name);
                let message = format!("the variable `{}` has {length} bytes", change.name);
                let error = Diagnostic::error(Code::BadValue, step.span, message);
                self.diagnostics.push(error.label(format!("Linux accepts at most {MAX_VARIABLE}")));
            }
        }
    }
}
