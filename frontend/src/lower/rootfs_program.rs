//! The program `varve-rootfs`, which steps run beside the file system of a stage.

use buildkit_llb::{Argv, Bind, ContentCache, Exec, Mount, Network, Output, Platform};
use std::sync::Arc;
use varve_spec::{Code, Diagnostic, Span};

use super::{Lowerer, OnUnknown};

/// The path at which the program sees the file system of the stage.
pub(crate) const ROOT: &str = "/rootfs";
/// The path at which the program is mounted. The root of the process contains nothing else.
pub(crate) const PROGRAM: &str = "/varve-rootfs";

/// The program that runs rootfs tests, unpacks archives, applies patches and looks up owners, in the image that contains it.
#[derive(Debug, Clone)]
pub struct RootfsProgram {
    /// The frontend's own image. `None` if it is not known which image that is.
    pub image: Option<Output>,
    /// The path of the program in the image.
    pub program: String,
    /// Whether the daemon can identify a mounted file system by the operation that created it, without hashing its content.
    pub skips_content: bool,
    /// Whether rootfs tests run.
    pub tests: RunTests,
}

/// Whether rootfs tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunTests {
    /// They run, if there are any.
    Yes,
    /// They are skipped.
    No,
}

impl RootfsProgram {
    /// The mount of the program from the image that contains it. It is the program alone, read-only. BuildKit then compares its content,
    /// so that another frontend image with the same program leaves the result cached.
    pub(super) fn mount(&self, path: &str) -> Mount {
        Mount::bind(path, Bind { source: self.image, selector: self.program.clone(), ..Bind::default() })
    }

    /// A file system that the program reads as a whole. If possible, BuildKit identifies it by the operation that made it, and does not
    /// hash all of its files.
    pub(super) fn whole(&self, source: Option<Output>) -> Bind {
        let content_cache = if self.skips_content { ContentCache::Off } else { ContentCache::Default };
        Bind { source, content_cache, ..Bind::default() }
    }

    /// Creates a step that runs the program from an image, with these arguments and mounts.
    pub(super) fn exec(&self, build: &Arc<Platform>, words: Vec<String>, mounts: Vec<Mount>) -> Exec {
        Exec {
            network: Network::None,
            mounts: [self.mount(PROGRAM)].into_iter().chain(mounts).collect(),
            ..Exec::new(build.clone(), None, Argv::new(PROGRAM, words))
        }
    }
}

impl Lowerer<'_, '_> {
    /// Adds the operation of the step at a place that runs the program, and returns the file system of a mount after it.
    pub(super) fn run_program(
        &mut self,
        program: &RootfsProgram,
        words: Vec<String>,
        mounts: Vec<Mount>,
        (dest, span): (&str, Span),
    ) -> Output {
        let exec = program.exec(&self.build, words, mounts);
        self.check_together(span, &exec);
        let index = exec.output(dest).unwrap_or_default();
        self.graph.add(exec).output(index)
    }

    /// Returns the program for the step at a place, which cannot be built without it. `what` is what the step needs it for, and `does` what the program
    /// does. `None` after an error: it is not known which image contains the program.
    pub(super) fn program_for(&mut self, span: Span, what: &str, does: &str) -> Option<RootfsProgram> {
        let program = self.inputs.rootfs_program.cloned();
        let is_shown = self.inputs.on_unknown == OnUnknown::Placeholder;
        let known = program.filter(|program| program.image.is_some() || is_shown);
        if known.is_none() {
            let message = format!("the image of this frontend is needed to {what}, and it is not known");
            let error = Diagnostic::error(Code::BadValue, span, message);
            let error = error.label(format!("a program in this image {does}"));
            self.diagnostics.push(error.help(
                "name the image in the first line of the build file, such as `# syntax=varve/frontend`; a builder needs BuildKit 0.10 \
                 (Docker 23) or later",
            ));
        }
        known
    }
}
