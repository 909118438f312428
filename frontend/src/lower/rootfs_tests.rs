//! Lowers rootfs tests (`checks` in the build file) to operations. Each reads the file system of its stage and creates nothing that
//! the image contains.

use buildkit_llb::{Exec, Mount, Output, Vertex};
use varve_rootfs::{FileQuery, LinkedQuery, RootfsQuery};
use varve_spec::plan::{Action, Check, Claim, FileClaim, Owner, Step};
use varve_spec::{Code, Diagnostic, Span};

use super::rootfs_program::{ROOT, RootfsProgram, RunTests};
use super::{Lowerer, StageInfo, State};
use crate::image_config::config::Config;

/// A rootfs test that was lowered.
#[derive(Debug, Clone)]
pub struct LoweredRootfsTest {
    /// The output to solve. If it cannot be solved, the test fails.
    pub output: Output,
    /// A text for what the test claims, such as `absent /opt/rocm`.
    pub label: String,
    /// The place of the test in the build file.
    pub span: Span,
    /// The reason that the build file gives for the claim.
    pub because: Option<String>,
}

impl LoweredRootfsTest {
    /// Returns the operation that runs the test.
    pub fn vertex(&self) -> Vertex {
        self.output.vertex
    }
}

impl Lowerer<'_, '_> {
    /// Adds the rootfs tests of a stage. They test the final state of the stage.
    pub(super) fn rootfs_tests(&mut self, info: &StageInfo<'_>, state: &State) {
        let program = self.inputs.rootfs_program.filter(|program| program.tests == RunTests::Yes);
        let Some(program) = program else { return };
        let checks = &info.stage.checks;
        for (index, check) in checks.iter().enumerate() {
            let label = label(&check.claim);
            let output = match &check.claim {
                Claim::Env { name, is } => {
                    let actual = state.config.env.get(name);
                    self.test_env(check, name, actual, is.as_deref());
                    continue;
                }
                Claim::Run(process) => {
                    let step = Step {
                        span: check.span,
                        name: None,
                        no_cache: false,
                        action: Action::Run(process.clone()),
                    };
                    self.process(info, &step, process, state).output(0)
                }
                claim => {
                    if program.image.is_none() {
                        self.report_no_program(check, &label);
                        continue;
                    }
                    let Some(query) = query(claim, &state.config) else { continue };
                    let exec = self.test_exec(program, state.root, &query);
                    self.check_together(check.span, &exec);
                    let index = exec.root_output().unwrap_or_default();
                    self.graph.add(exec).output(index)
                }
            };
            let prefix = self.prefix(info.stage);
            let name = format!("[{prefix} check {}/{}] {label}", index + 1, checks.len());
            self.graph.describe(output.vertex, info.metadata(name));
            self.locate(output.vertex, check.span);
            let because = check.because.clone();
            self.rootfs_tests.push(LoweredRootfsTest { output, label, span: check.span, because });
        }
    }

    fn test_exec(&self, program: &RootfsProgram, root: Option<Output>, query: &RootfsQuery) -> Exec {
        let words = [varve_rootfs::COMMAND.to_owned(), ROOT.to_owned()];
        let words = words.into_iter().chain(varve_rootfs::args(query));
        program.exec(&self.build, words.collect(), vec![Mount::bind(ROOT, program.whole(root))])
    }

    /// Tests a variable of the environment immediately, because its value is known without a build.
    fn test_env(&mut self, check: &Check, name: &str, actual: Option<&str>, expected: Option<&str>) {
        let message = match (actual, expected) {
            (None, _) => format!("image test failed: the image does not set {name}"),
            (Some(actual), Some(expected)) if actual != expected => {
                format!("image test failed: {name} is `{actual}`, expected `{expected}`")
            }
            _ => return,
        };
        let error = Diagnostic::error(Code::CheckFailed, check.span, message);
        self.diagnostics.push(error.help_if(check.because.clone()));
    }

    fn report_no_program(&mut self, check: &Check, label: &str) {
        let message = format!(
            "the image test `{label}` needs the image of this frontend, which the builder does not provide"
        );
        let error = Diagnostic::error(Code::CheckImpossible, check.span, message);
        self.diagnostics.push(error.help(
            "use BuildKit 0.10 (Docker 23) or later, or skip all image tests with --build-arg VARVE_CHECKS=off",
        ));
    }
}

fn file_query(claim: &FileClaim) -> FileQuery {
    let FileClaim { path, mode, owner, contains, sha256 } = claim.clone();
    let owner = owner.map(|Owner { user, group }| varve_rootfs::Owner { user, group });
    FileQuery { path, mode, owner, contains, sha256 }
}

/// Returns the query that the program runs for a claim. `None` for claims that do not need the program.
fn query(claim: &Claim, config: &Config) -> Option<RootfsQuery> {
    Some(match claim {
        Claim::File(claim) => RootfsQuery::File(file_query(claim)),
        Claim::Dir(claim) => RootfsQuery::Dir(file_query(claim)),
        Claim::Absent(paths) => RootfsQuery::Absent(paths.clone()),
        Claim::PackagesAbsent(names) => RootfsQuery::PackagesAbsent(names.clone()),
        Claim::Linked { paths, except } => RootfsQuery::Linked(LinkedQuery {
            paths: paths.clone(),
            except: except.clone(),
            library_path: config.env.get("LD_LIBRARY_PATH").unwrap_or_default().to_owned(),
        }),
        Claim::MaxSize(bytes) => RootfsQuery::MaxSize(*bytes),
        Claim::User(user_wanted) => {
            RootfsQuery::User { wanted: user_wanted.clone(), actual: config.user.clone() }
        }
        Claim::Run(_) | Claim::Env { .. } => return None,
    })
}

/// Returns the text for a claim that the progress and errors show.
pub(crate) fn label(claim: &Claim) -> String {
    match claim {
        Claim::Run(process) => super::name::of_step(&Action::Run(process.clone())),
        Claim::File(claim) => format!("file {}", claim.path),
        Claim::Dir(claim) => format!("dir {}", claim.path),
        Claim::Absent(paths) => format!("absent {}", paths.join(" ")),
        Claim::PackagesAbsent(names) => format!("packages-absent {}", names.join(" ")),
        Claim::Linked { paths, .. } => format!("linked {}", paths.join(" ")),
        Claim::MaxSize(bytes) => format!("max-size {}", varve_rootfs::size_in_words(*bytes)),
        Claim::Env { name, .. } => format!("env {name}"),
        Claim::User(user) => format!("user {user}"),
    }
}
