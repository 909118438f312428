//! The bridge: everything a frontend can ask of the daemon.

use std::collections::BTreeMap;

use crate::{
    ByteRange, ImageRequest, Outcome, Pong, Ref, ResolvedImage, Solve, Solved, SourceMeta, SourceRequest,
    Stat, Status, Warning,
};

/// The LLB bridge, the daemon's side of a build (`frontend/gateway/pb/gateway.proto`).
///
/// All calls can run at the same time. Whatever the daemon refuses comes back as the daemon's own [`Status`], which
/// can be returned as it is. What an older daemon cannot do is done another way where there is one, as each method
/// says, so that a caller asks for capabilities only to decide what to put into a definition.
pub trait Bridge: Send + Sync {
    /// What the daemon can do and which workers it has. It is asked once; later calls repeat the answer.
    fn ping(&self) -> impl Future<Output = Result<Pong, Status>> + Send;

    /// Solves operations, or has another frontend do so. Lazily, unless the request says otherwise: then most
    /// errors come when the result is read or returned.
    ///
    /// A definition whose operations declare a capability that the solver lacks is refused without asking. Caches
    /// are left out for daemons that cannot import them. Without `gateway.solve.evaluate` the result is forced by a
    /// look at its root.
    fn solve(&self, request: Solve) -> impl Future<Output = Result<Solved, Status>> + Send;

    /// The content of a regular file, or of a part of it. Links are followed inside the ref.
    ///
    /// The content comes in one message of at most 16 MiB, 4 MiB before BuildKit 0.14; use a range for more.
    fn read_file(
        &self,
        from: &Ref,
        path: &str,
        range: Option<ByteRange>,
    ) -> impl Future<Output = Result<Vec<u8>, Status>> + Send;

    /// The content of a file, or `None` if the path does not exist. Everything else that can go wrong, also that
    /// the ref cannot be solved, is an error still.
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

    /// The entries of a folder, not of folders in it; those that match the pattern, if one is given.
    fn read_dir(
        &self,
        from: &Ref,
        path: &str,
        include: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Stat>, Status>> + Send;

    /// What is known of a path without reading it. A link is not followed in its last component.
    fn stat_file(&self, from: &Ref, path: &str) -> impl Future<Output = Result<Stat, Status>> + Send;

    /// Runs what a lazy ref stands for. Without `gateway.evaluate` by a look at its root, which has the same effect.
    fn evaluate(&self, of: &Ref) -> impl Future<Output = Result<(), Status>> + Send;

    /// Finds an image: its digest and config.
    ///
    /// A registry is asked each time; ask once for the same image and platform.
    fn resolve_image(
        &self,
        request: ImageRequest,
    ) -> impl Future<Output = Result<ResolvedImage, Status>> + Send;

    /// What the daemon knows of any source. Without `source.metaresolver` images are answered by the older call, and
    /// for other sources there are no answers.
    fn resolve_source(
        &self,
        request: SourceRequest,
    ) -> impl Future<Output = Result<SourceMeta, Status>> + Send;

    /// The definitions the client handed in, by name, as bytes: those of a newer BuildKit have fields that the message lacks. None
    /// without `frontend.inputs`.
    fn inputs(&self) -> impl Future<Output = Result<BTreeMap<String, Vec<u8>>, Status>> + Send;

    /// Warns the user. Daemons before BuildKit 0.10 cannot show warnings: then this does nothing.
    fn warn(&self, warning: Warning) -> impl Future<Output = Result<(), Status>> + Send;

    /// Ends the build, with a result or with the reason why there is none. Once: a second call is an error.
    ///
    /// A result with several platforms or with attestations is refused, and not sent, if the daemon cannot take
    /// those; then the refusal can still be returned.
    ///
    /// The daemon then waits for the process to exit, and a status other than 0 makes a failure of a success.
    fn finish(&self, outcome: Result<Outcome, Status>) -> impl Future<Output = Result<(), Status>> + Send;
}
