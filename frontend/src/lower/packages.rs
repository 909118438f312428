//! Lowers steps that depend on the distribution: packages, repositories and accounts. The language decides what they run. This
//! module turns that into processes and files like those of other steps.

use buildkit_llb::{Argv, Exec, Vertex};
use varve_spec::packages::{account, install, repository};
use varve_spec::plan::{Account, Action, Packages, Process, Repository, Script, Sharing, Step};
use varve_spec::{Code, Diagnostic, Distribution};

use super::{Lowerer, OnUnknown, StageInfo, State};

impl Lowerer<'_, '_> {
    /// Adds the operation of a `packages` step. `None` if the step lists nothing for this package manager.
    pub(super) fn packages(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        packages: &Packages,
        state: &State,
    ) -> Option<Vertex> {
        let distribution = self.required_distribution(info, step, state)?;
        let sharing = if state.has_siblings { Sharing::Private } else { Sharing::Locked };
        let shell = state.config.shell.as_deref();
        let process = match install::process(packages, &distribution, shell, sharing) {
            Ok(process) => process?,
            Err(errors) => {
                self.diagnostics.extend(errors);
                return None;
            }
        };
        Some(self.script(info, step, &process, state, "packages"))
    }

    /// Adds the operations of a `repository` step. Returns the last one. `state` contains the others already.
    pub(super) fn repository(
        &mut self,
        info: &StageInfo<'_>,
        number: usize,
        step: &Step,
        repository: &Repository,
        state: &mut State,
    ) -> Option<Vertex> {
        let distribution = self.required_distribution(info, step, state)?;
        let actions = match repository::actions(repository, &distribution) {
            Ok(actions) => actions,
            Err(error) => {
                self.diagnostics.push(*error);
                return None;
            }
        };
        let mut last: Option<Vertex> = None;
        for action in actions {
            if let Some(vertex) = last {
                let label = format!("repository {}: key", repository.name);
                self.finish_operation(info, step, vertex.output(0), self.named(info, number, &label), state);
            }
            last = match &action {
                Action::Run(process) => Some(self.process(info, step, process, state)),
                _ => self.files(info, &Step { action, ..step.clone() }, state),
            };
        }
        last
    }

    /// Adds the operation of an `account` step.
    pub(super) fn account(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        account: &Account,
        state: &State,
    ) -> Vertex {
        self.script(info, step, &account::process(account), state, "account")
    }

    /// Adds the operation of a generated script. The script is mounted as a file and is not an argument, so that BuildKit does not
    /// print all of it when it fails. The file is in `/dev`, which is not part of the image.
    fn script(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        process: &Process,
        state: &State,
        name: &str,
    ) -> Vertex {
        let exec = self.exec_of_script(info, step, process, state, name);
        self.graph.add(exec)
    }

    /// Creates the operation of a generated script, without adding it to the graph.
    pub(super) fn exec_of_script(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        process: &Process,
        state: &State,
        name: &str,
    ) -> Exec {
        let path = format!("/dev/varve/{name}");
        let argv = Argv::new("/bin/sh", ["-e".to_owned(), path.clone()]);
        let mut exec = self.exec_of(info, step, process, argv, state);
        if let Script::Run { text, .. } = &process.script {
            exec.mounts.push(self.text(info, &path, text, 0o644));
        }
        exec
    }

    /// Returns the distribution of a stage, for a step that requires it. Reports an error if it is unknown.
    pub(super) fn required_distribution(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        state: &State,
    ) -> Option<Distribution> {
        if state.distribution.is_none() {
            let message =
                format!("varve cannot determine the package manager of the stage `{}`", info.stage.name);
            let error = Diagnostic::error(Code::UnknownSystem, step.span, message);
            let error = error.related(info.stage.base_span, "the base of the stage");
            let error = error.help(
                "add `package-manager:` to the stage: one of apt, dnf, microdnf, tdnf, yum, zypper, apk",
            );
            match self.inputs.on_unknown {
                OnUnknown::Error => self.diagnostics.push(error),
                OnUnknown::Placeholder => self.unknown.push(error),
            }
        }
        state.distribution.clone()
    }
}
