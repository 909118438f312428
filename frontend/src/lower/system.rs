//! Steps that change the system: packages, repositories, accounts. What they do was decided by the language; here it
//! becomes processes and files like those of any other step.

use buildkit_llb::{Access, Argv, Bind, File, Metadata, MkFile, Mount, Vertex};
use varve_spec::packages::{account, install, repository};
use varve_spec::plan::{Account, Action, Packages, Process, Repository, Script, Stage, Step};
use varve_spec::{Code, Diagnostic, Distribution};

use super::{Lowerer, OnUnknown, Place, State};
use crate::util::platform::spec_platform;

impl Lowerer<'_, '_> {
    /// The system of a stage: that of what it starts from, with the package manager that the stage itself names.
    pub(super) fn system(
        &self,
        stage: &Stage,
        base: Option<Distribution>,
        image: &str,
    ) -> Option<Distribution> {
        let Some(manager) = stage.package_manager else { return base };
        let platform = spec_platform(self.platform_of(stage));
        let own = || Distribution::of_manager(manager, image, &platform);
        Some(base.map_or_else(own, |base| Distribution { manager, ..base }))
    }

    /// The operation of a `packages` step; nothing when it has nothing for this package manager.
    pub(super) fn packages(
        &mut self,
        place: &Place<'_>,
        step: &Step,
        packages: &Packages,
        state: &State,
    ) -> Option<Vertex> {
        let system = self.needed_system(place, step, state)?;
        let process = match install::process(packages, &system, state.config.shell.as_deref()) {
            Ok(process) => process?,
            Err(error) => {
                self.found.push(*error);
                return None;
            }
        };
        Some(self.script(place, step, &process, state, "packages"))
    }

    /// The operations of a `repository` step. All but the last are part of `state` already.
    pub(super) fn repository(
        &mut self,
        place: &Place<'_>,
        number: usize,
        step: &Step,
        repository: &Repository,
        state: &mut State,
    ) -> Option<Vertex> {
        let system = self.needed_system(place, step, state)?;
        let actions = match repository::actions(repository, &system) {
            Ok(actions) => actions,
            Err(error) => {
                self.found.push(*error);
                return None;
            }
        };
        let mut last = None;
        for action in actions {
            if let Some(vertex) = last {
                let label = format!("repository {}: key", repository.name);
                let metadata = Metadata {
                    ignore_cache: place.no_cache || step.no_cache,
                    ..Metadata::named(self.named(place, number, &label))
                };
                self.graph.describe(vertex, metadata);
                self.locate(vertex, step.span);
                state.root = self.graph.root(vertex);
            }
            last = match &action {
                Action::Run(process) => Some(self.process(place, step, process, state)),
                _ => self.files(place, &Step { action, ..step.clone() }, state),
            };
        }
        last
    }

    /// The operation of an `account` step.
    pub(super) fn account(
        &mut self,
        place: &Place<'_>,
        step: &Step,
        account: &Account,
        state: &State,
    ) -> Vertex {
        self.script(place, step, &account::process(account), state, "account")
    }

    /// The operation of a long script: it is mounted as a file, so that a failure does not repeat it all. The file is in
    /// /dev, which is no part of the image.
    fn script(
        &mut self,
        place: &Place<'_>,
        step: &Step,
        process: &Process,
        state: &State,
        name: &str,
    ) -> Vertex {
        let mut exec = self.exec_of(place, step, process, state);
        if let Script::Run { text, .. } = &process.script {
            let path = format!("/dev/varve/{name}");
            let file = MkFile { mode: 0o644, ..MkFile::new("/script", text.as_bytes()) };
            let vertex = self.graph.add(File::new(None, file));
            let label = format!("[{}] script of {name}", self.prefix(place.stage));
            self.graph.describe(vertex, Metadata::named(label));
            exec.argv = Argv::new("/bin/sh", ["-e".to_owned(), path.clone()]);
            let source = self.graph.root(vertex);
            let bind =
                Bind { source, selector: "/script".to_owned(), access: Access::ReadOnly, ..Bind::default() };
            exec.mounts.push(Mount::bind(&path, bind));
        }
        self.graph.add(exec)
    }

    fn needed_system(&mut self, place: &Place<'_>, step: &Step, state: &State) -> Option<Distribution> {
        if state.system.is_none() && self.facts.lacking == OnUnknown::Error {
            let message = format!("the package manager of the stage `{}` is not known", place.stage.name);
            let error = Diagnostic::error(Code::UnknownSystem, step.span, message);
            let error = error.related(place.stage.base_span, "what the stage starts from");
            self.found.push(
                error.help(
                    "add `package-manager: apt` to the stage, or dnf, microdnf, tdnf, yum, zypper, apk",
                ),
            );
        }
        state.system.clone()
    }
}
