//! The bridge: every call that a frontend can make to the daemon.

use std::collections::BTreeMap;

use crate::{
    ByteRange, ImageRequest, Outcome, Pong, Ref, ResolvedImage, Solve, Solved, SourceMeta, SourceRequest,
    Stat, Status, Warning,
};

/// The LLB bridge: the interface of the daemon for frontends (`frontend/gateway/pb/gateway.proto`).
///
/// Calls can run concurrently. An error of the daemon is returned as the daemon's own [`Status`], and a frontend can return it
/// unchanged. Where an older daemon lacks a call, the bridge falls back to another one; the methods document this. A caller
/// therefore needs capabilities only to decide what to put into a definition.
pub trait Bridge: Send + Sync {
    /// Returns the capabilities and the workers of the daemon. The daemon is asked once; later calls return the same answer.
    fn ping(&self) -> impl Future<Output = Result<Pong, Status>> + Send;

    /// Solves operations, or runs another frontend.
    ///
    /// A lazy request returns before the operations run, so most errors occur when the result is read or returned. If an
    /// operation declares a capability that the solver lacks, the request is refused without asking the daemon. Cache imports are
    /// left out if the daemon does not support them. For an eager request to a daemon without `gateway.solve.evaluate`, the bridge
    /// evaluates the result by a stat of its root.
    fn solve(&self, request: Solve) -> impl Future<Output = Result<Solved, Status>> + Send;

    /// Reads a regular file, or a part of it. Symbolic links are followed inside the ref.
    ///
    /// The content is sent in one message of at most 16 MiB (4 MiB before BuildKit 0.14). Read a larger file in ranges.
    fn read_file(
        &self,
        from: &Ref,
        path: &str,
        range: Option<ByteRange>,
    ) -> impl Future<Output = Result<Vec<u8>, Status>> + Send;

    /// Reads a file, and returns `None` if the path does not exist. Every other failure is an error, for example if the ref
    /// cannot be solved.
    fn read_file_if_exists(
        &self,
        from: &Ref,
        path: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Status>> + Send {
        async move {
            match self.read_file(from, path, None).await {
                Ok(content) => Ok(Some(content)),
                Err(status) if status.is_missing_file() => Ok(None),
                Err(status) => Err(status),
            }
        }
    }

    /// Lists the entries of a folder that match the pattern, or all entries without a pattern. Subfolders are not entered.
    fn read_dir(
        &self,
        from: &Ref,
        path: &str,
        include: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Stat>, Status>> + Send;

    /// Returns the metadata of a path. A symbolic link in the last component is not followed.
    fn stat_file(&self, from: &Ref, path: &str) -> impl Future<Output = Result<Stat, Status>> + Send;

    /// Runs the operations of a lazy ref. If the daemon lacks `gateway.evaluate`, a stat of the root has the same effect.
    fn evaluate(&self, of: &Ref) -> impl Future<Output = Result<(), Status>> + Send;

    /// Resolves an image to its digest and config.
    ///
    /// The daemon asks the registry for every call, so resolve the same image and platform only once.
    fn resolve_image(
        &self,
        request: ImageRequest,
    ) -> impl Future<Output = Result<ResolvedImage, Status>> + Send;

    /// Resolves the metadata of a source. If the daemon lacks `source.metaresolver`, images are resolved with an older call, and
    /// other sources have no metadata.
    fn resolve_source(
        &self,
        request: SourceRequest,
    ) -> impl Future<Output = Result<SourceMeta, Status>> + Send;

    /// Returns the definitions that the client sent as inputs, by name. They are bytes, because a newer BuildKit can use fields that
    /// the generated message lacks. A daemon without `frontend.inputs` has no inputs.
    fn inputs(&self) -> impl Future<Output = Result<BTreeMap<String, Vec<u8>>, Status>> + Send;

    /// Shows a warning to the user. A daemon before BuildKit 0.10 cannot show warnings; the call does nothing then.
    fn warn(&self, warning: Warning) -> impl Future<Output = Result<(), Status>> + Send;

    /// Ends the build with a result or an error. A second call is an error.
    ///
    /// A result with several platforms or with attestations is refused, without sending it, if the daemon does not support them. The
    /// frontend can then end the build with this error.
    ///
    /// Afterwards the daemon waits until the process exits. An exit code other than 0 turns a success into a failure.
    fn finish(&self, outcome: Result<Outcome, Status>) -> impl Future<Output = Result<(), Status>> + Send;
}
