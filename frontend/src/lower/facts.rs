//! Lowers the facts of stages (`facts` in the build file): where a build finds their texts. Nothing of it is in the image.

use buildkit_llb::{Access, Bind, Copy, File, Metadata, MkFile, Mode, Mount, Output};
use varve_spec::plan::{Action, Fact, FactSource, Process, SHELL, Script, Step};
use varve_spec::{Code, Diagnostic};

use super::{Lowerer, StageInfo, State};

/// The folder in which the script of a fact has its output.
const FOLDER: &str = "/dev/varve/fact";
/// The file with the output in that folder.
const VALUE: &str = "/value";

/// A fact, and the file with its text.
#[derive(Debug, Clone)]
pub struct LoweredFact {
    /// The name of the stage, with its arguments.
    pub stage: String,
    /// The name of the fact.
    pub name: String,
    /// The fact.
    pub fact: Fact,
    /// The file system with the file. `None` is scratch.
    pub root: Option<Output>,
    /// The path of the file.
    pub path: String,
}

impl Lowerer<'_, '_> {
    /// Adds the facts of a stage. They are those of its final state.
    pub(super) fn facts(&mut self, info: &StageInfo<'_>, state: &State) {
        for (name, fact) in &info.stage.facts {
            let (root, path) = match &fact.source {
                FactSource::File(path) => (state.root, path.clone()),
                FactSource::Run(process) => {
                    let Some(root) = self.printed(info, (name, fact), process, state) else { continue };
                    (Some(root), VALUE.to_owned())
                }
            };
            let (stage, name) = (info.stage.name.clone(), name.clone());
            self.facts.push(LoweredFact { stage, name, fact: fact.clone(), root, path });
        }
    }

    /// Adds the operation that runs the script of a fact, and returns the file system with its output.
    fn printed(
        &mut self,
        info: &StageInfo<'_>,
        (name, fact): (&str, &Fact),
        process: &Process,
        state: &State,
    ) -> Option<Output> {
        let Script::Run { text, shell } = &process.script else { return None };
        let words = shell.as_deref().or(state.config.shell.as_deref()).map(<[String]>::to_vec);
        let words = words.unwrap_or_else(|| SHELL.map(str::to_owned).to_vec());
        if process.script.interpreter().is_some() || !varve_spec::plan::is_posix(&words) {
            let message = format!("varve cannot read what the script of the fact `{name}` prints");
            let error = Diagnostic::error(Code::BadValue, fact.span, message);
            let help =
                "use a POSIX shell, as in `shell: [/bin/sh, -e, -c]`, and call the other program there";
            self.diagnostics.push(error.label("no POSIX shell runs it").help(help));
            return None;
        }
        let text = format!("exec >{FOLDER}{VALUE}\n{text}");
        let script = Script::Run { text, shell: shell.clone() };
        let run = Process { script, ..process.clone() };
        let step =
            Step { span: fact.span, name: None, no_cache: false, action: Action::Run(Box::new(run.clone())) };
        // Every user may write to the file. The mode of a file that BuildKit makes depends on its umask, and that of a copy does not.
        let empty = self.graph.add(File::new(None, MkFile::new(VALUE, b"")));
        let copy = Copy { mode: Some(Mode::Bits(0o666)), ..Copy::new(self.graph.root(empty), VALUE, VALUE) };
        let folder = self.graph.add(File::new(None, copy));
        let label = format!("[{}] fact {name}", self.prefix(info.stage));
        self.graph.describe(empty, Metadata::named(format!("{label}: an empty file")));
        self.graph.describe(folder, Metadata::named(format!("{label}: a file for its output")));
        let mut exec = self.exec_of_process(info, &step, &run, state);
        let output = Bind { source: self.graph.root(folder), access: Access::Output, ..Bind::default() };
        exec.mounts.push(Mount::bind(FOLDER, output));
        let index = exec.output(FOLDER).unwrap_or_default();
        let found = self.graph.add(exec).output(index);
        self.graph.describe(found.vertex, info.metadata(label));
        self.locate(found.vertex, fact.span);
        Some(found)
    }
}
