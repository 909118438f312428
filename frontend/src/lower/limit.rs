//! The limit of what lowering copies. Each process has all variables of its environment, so their number grows with the number of
//! variables times the number of processes.

use std::ops::RangeInclusive;

use buildkit_llb::{Env, Exec};
use varve_spec::plan::{EnvChange, MAX_ARGUMENT, Step};
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
/// The largest size of one variable with its name and a NUL, in bytes.
const MAX_VARIABLE: usize = MAX_ARGUMENT + 1;
/// The smallest and the largest size of all arguments and variables of a process, in bytes: a quarter of the limit of the stack, within
/// these bounds (`bprm_stack_limits` in Linux' `fs/exec.c`).
const TOGETHER: RangeInclusive<u64> = (128 << 10)..=(6 << 20);
/// The limit of the stack that a process inherits from the builder unless something sets it, in bytes: the default of Linux
/// (`_STK_LIM`), which no distribution changes for its services.
const STACK: u64 = 8 << 20;
/// What an argument or a variable takes beside its bytes: a NUL and a pointer.
const POINTER: u64 = 9;

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
                let error = error.label(format!("Linux accepts at most {MAX_VARIABLE}"));
                self.diagnostics.push(error.help("write the value to a file with `file`, and read the file"));
            }
        }
    }

    /// Reports arguments and variables of a process that are too large together, as far as they are known. The builder adds a few, such
    /// as `HOSTNAME`.
    pub(super) fn check_together(&mut self, span: Span, exec: &Exec) {
        let words = exec.argv.as_slice().iter().map(|word| word.len());
        let variables = exec.env.iter().map(|(name, value)| name.len() + "=".len() + value.len());
        let size: u64 = words.chain(variables).map(|length| length as u64 + POINTER).sum();
        let stack = exec.ulimits.iter().rfind(|limit| limit.name == "stack");
        // A negative limit is none.
        let stack = stack.map_or(STACK, |limit| u64::try_from(limit.soft).unwrap_or(u64::MAX));
        let most = (stack / 4).clamp(*TOGETHER.start(), *TOGETHER.end());
        if size > most {
            let message = format!("the arguments and variables of the process have {size} bytes together");
            let error = Diagnostic::error(Code::BadValue, span, message);
            let error =
                error.label(format!("Linux accepts at most {most}, a quarter of the limit of the stack"));
            let more = format!("`ulimits: {{stack: {}}}`", TOGETHER.end() * 4);
            self.diagnostics.push(error.help(format!(
                "set variables only in the steps that need them, write values to files with `file`, or raise the limit with {more}"
            )));
        }
    }
}
