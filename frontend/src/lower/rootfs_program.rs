//! The program `varve-rootfs`, which steps run beside the file system of a stage.

use buildkit_llb::{Argv, Bind, Exec, Mount, Network, Output, Platform};
use std::sync::Arc;

/// The path at which the program sees the file system of the stage.
pub(crate) const ROOT: &str = "/rootfs";
/// The path at which the program is mounted. The root of the process contains nothing else.
pub(crate) const PROGRAM: &str = "/varve-rootfs";

/// The program that runs rootfs tests and unpacks archives, in the image that contains it.
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
    /// Creates a step that runs the program from an image, with these arguments and mounts.
    pub(super) fn exec(
        &self,
        image: Option<Output>,
        build: &Arc<Platform>,
        words: Vec<String>,
        mounts: impl IntoIterator<Item = Mount>,
    ) -> Exec {
        // The program alone, read-only. BuildKit then compares its content, so that another frontend image with the same program
        // leaves the result cached.
        let program = Bind { source: image, selector: self.program.clone(), ..Bind::default() };
        Exec {
            network: Network::None,
            mounts: [Mount::bind(PROGRAM, program)].into_iter().chain(mounts).collect(),
            ..Exec::new(build.clone(), None, Argv::new(PROGRAM, words))
        }
    }
}
