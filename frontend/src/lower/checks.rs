//! Checks as operations: each reads the file system of its stage and gives nothing that the image is made of.

use buildkit_llb::{Argv, Bind, ContentCache, Exec, Mount, Network, Output, Vertex};
use varve_spec::plan::{Action, Check, Claim, FileClaim, Owner, Step};
use varve_spec::{Code, Diagnostic, Span};

use super::{Lowerer, Place, State};
use varve_rootfs::{FileQuery, RootfsQuery};

/// Where the checker sees the file system.
const ROOT: &str = "/rootfs";
/// Where the program that runs the check is mounted. The root beside it is empty.
const PROGRAM: &str = "/varve-rootfs";

/// The program that tests root file systems, in the frontend image.
#[derive(Debug, Clone)]
pub struct Checker {
    /// The frontend's own image; nothing where the daemon does not hand it over.
    pub image: Option<Output>,
    /// The path of the program in it.
    pub program: String,
    /// Whether the daemon can be told to know a file system by what made it, instead of reading all of it.
    pub skips_content: bool,
}

/// A check as an operation.
#[derive(Debug, Clone)]
pub struct LoweredCheck {
    /// What has to be built for the check to be made.
    pub output: Output,
    /// What it is called: `absent /opt/rocm`.
    pub label: String,
    /// Where it stands.
    pub span: Span,
    /// Why it has to hold.
    pub because: Option<String>,
}

impl LoweredCheck {
    /// The operation.
    pub fn vertex(&self) -> Vertex {
        self.output.vertex
    }
}

impl Lowerer<'_, '_> {
    /// Adds the checks of a stage on what it is in the end.
    pub(super) fn checks(&mut self, place: &Place<'_>, state: &State) {
        let Some(checker) = self.facts.checker else { return };
        let checks = &place.stage.checks;
        for (index, check) in checks.iter().enumerate() {
            let label = label(&check.claim);
            let output = match &check.claim {
                Claim::Env { name, is } => {
                    let actual = state.config.env.get(name);
                    self.env(check, name, actual, is.as_deref());
                    continue;
                }
                Claim::Run(process) => {
                    let step = Step {
                        span: check.span,
                        name: None,
                        no_cache: false,
                        action: Action::Run(process.clone()),
                    };
                    self.process(place, &step, process, state).output(0)
                }
                claim => {
                    let Some(image) = checker.image else {
                        self.no_checker(check, &label);
                        continue;
                    };
                    let Some(question) = question(claim, &state.config.user) else { continue };
                    let exec = self.exec(checker, image, state.root, &question);
                    let index = exec.root_output().unwrap_or_default();
                    self.graph.add(exec).output(index)
                }
            };
            let prefix = self.prefix(place.stage);
            let name = format!("[{prefix} check {}/{}] {label}", index + 1, checks.len());
            self.graph.describe(output.vertex, place.metadata(name));
            self.locate(output.vertex, check.span);
            let because = check.because.clone();
            self.checks.push(LoweredCheck { output, label, span: check.span, because });
        }
    }

    fn exec(&self, checker: &Checker, image: Output, root: Option<Output>, question: &RootfsQuery) -> Exec {
        let words = [varve_rootfs::COMMAND.to_owned(), ROOT.to_owned()];
        let words = words.into_iter().chain(varve_rootfs::args(question));
        let content_cache = if checker.skips_content { ContentCache::Off } else { ContentCache::Default };
        let root = Bind { source: root, content_cache, ..Bind::default() };
        // The program alone, read-only: BuildKit then compares its content, so that another frontend image with the same
        // program leaves the result cached.
        let program = Bind { source: Some(image), selector: checker.program.clone(), ..Bind::default() };
        Exec {
            network: Network::None,
            mounts: vec![Mount::bind(PROGRAM, program), Mount::bind(ROOT, root)],
            ..Exec::new(self.build.clone(), None, Argv::new(PROGRAM, words))
        }
    }

    /// The environment is known before anything is built.
    fn env(&mut self, check: &Check, name: &str, actual: Option<&str>, wanted: Option<&str>) {
        let message = match (actual, wanted) {
            (None, _) => format!("check failed: the image does not set {name}"),
            (Some(actual), Some(wanted)) if actual != wanted => {
                format!("check failed: {name} is `{actual}`, not `{wanted}`")
            }
            _ => return,
        };
        let error = Diagnostic::error(Code::CheckFailed, check.span, message);
        self.found.push(error.help_if(check.because.clone()));
    }

    fn no_checker(&mut self, check: &Check, label: &str) {
        let message = format!(
            "the check `{label}` needs the image of this frontend, which the builder does not hand over"
        );
        let error = Diagnostic::error(Code::CheckImpossible, check.span, message);
        self.found.push(error.help(
            "use BuildKit 0.10 (Docker 23) or later, or skip all checks with --build-arg VARVE_CHECKS=off",
        ));
    }
}

fn question(claim: &Claim, user: &str) -> Option<RootfsQuery> {
    Some(match claim {
        Claim::File(claim) => RootfsQuery::File(file_query(claim)),
        Claim::Dir(claim) => RootfsQuery::Dir(file_query(claim)),
        Claim::Absent(paths) => RootfsQuery::Absent(paths.clone()),
        Claim::PackagesAbsent(names) => RootfsQuery::PackagesAbsent(names.clone()),
        Claim::MaxSize(bytes) => RootfsQuery::MaxSize(*bytes),
        Claim::User(wanted) => RootfsQuery::User { wanted: wanted.clone(), actual: user.to_owned() },
        Claim::Run(_) | Claim::Env { .. } => return None,
    })
}

fn file_query(claim: &FileClaim) -> FileQuery {
    let FileClaim { path, mode, owner, contains, sha256 } = claim.clone();
    let owner = owner.map(|Owner { user, group }| varve_rootfs::Owner { user, group });
    FileQuery { path, mode, owner, contains, sha256 }
}

/// What a check is called.
pub(crate) fn label(claim: &Claim) -> String {
    match claim {
        Claim::Run(process) => super::name::of_step(&Action::Run(process.clone())),
        Claim::File(claim) => format!("file {}", claim.path),
        Claim::Dir(claim) => format!("dir {}", claim.path),
        Claim::Absent(paths) => format!("absent {}", paths.join(" ")),
        Claim::PackagesAbsent(names) => format!("packages-absent {}", names.join(" ")),
        Claim::MaxSize(bytes) => format!("max-size {}", varve_rootfs::size_in_words(*bytes)),
        Claim::Env { name, .. } => format!("env {name}"),
        Claim::User(user) => format!("user {user}"),
    }
}
