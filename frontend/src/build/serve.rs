//! Serves one build as a BuildKit frontend: one request, one result, and an exit that nothing can delay.

use std::cell::Cell;
use std::sync::{Arc, Once};

use buildkit_gateway::{Bridge, GrpcBridge, Outcome, Session, Status};
use buildkit_names::redacted;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::build;

/// Serves one build over standard input and output. Returns the exit code of the process. The caller must exit then, because the
/// transport may have a thread that is blocked on standard input.
///
/// # Errors
/// Returns an error if the connection to the daemon fails. The caller can then only write it to standard error.
pub async fn serve(session: Session) -> Result<i32, Status> {
    let conversation = async { run(Arc::new(GrpcBridge::stdio().await?), session).await };
    tokio::select! {
        result = conversation => result.map(|()| 0),
        () = terminated() => Ok(128 + 15),
    }
}

/// Builds, and returns the result to the daemon. If the daemon refuses the result, its reason becomes the error of the build.
async fn run<B: Bridge + 'static>(bridge: Arc<B>, session: Session) -> Result<(), Status> {
    match bridge.finish(build_on_thread(bridge.clone(), session).await).await {
        Ok(()) => Ok(()),
        Err(refused) => bridge.finish(Err(refused)).await,
    }
}

/// The result of a build.
type BuildResult = Result<Outcome, Status>;

/// Builds on a separate thread. If this thread panics, the result is an error with the place of the panic, so the daemon always
/// gets an answer. The panic is not caught by unwinding, because the program is smaller without unwinding.
async fn build_on_thread<B: Bridge + 'static>(bridge: Arc<B>, session: Session) -> BuildResult {
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        report_panics(sender);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Status::user(error.to_string()));
        send_result(runtime.and_then(|runtime| runtime.block_on(build(bridge.as_ref(), &session))));
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.map_err(|error| Status::user(format!("cannot start a thread for the build: {error}")))?;
    let result = receiver.await.unwrap_or_else(|_| Err(Status::user("the build ended without a result")));
    result.map_err(shown)
}

/// An error as the client prints it: without the passwords of URLs. The daemon's own errors quote the script that failed.
fn shown(status: Status) -> Status {
    Status { message: redacted(&status.message).into_owned(), ..status }
}

/// The size of the stack in bytes, which is that of a main thread. Files can be nested as deeply as the language allows.
const STACK: usize = 8 << 20;

thread_local! {
    /// The sender of the result of this thread's build, until the result is sent.
    static RESULT: Cell<Option<oneshot::Sender<BuildResult>>> = const { Cell::new(None) };
}

/// Sends the result of this thread's build. Returns false if this thread has no build, or if the receiver is gone.
fn send_result(result: BuildResult) -> bool {
    RESULT.take().is_some_and(|sender| sender.send(result).is_ok())
}

/// Installs a hook that reports a panic of the build thread to the daemon as the build's error. Panics of other threads go to the
/// previous hook.
fn report_panics(sender: oneshot::Sender<BuildResult>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.to_string().replace('\n', ": ");
            if !send_result(Err(Status::user(format!("this is a bug in varve, please report it: {place}")))) {
                return previous(panic);
            }
            // Without unwinding, the process would abort when this hook returns, before the other thread has sent the error.
            while cfg!(panic = "abort") {
                std::thread::park();
            }
        }));
    });
    RESULT.set(Some(sender));
}

/// Waits for SIGTERM.
async fn terminated() {
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use buildkit_gateway::*;

    use super::*;

    /// A bridge whose first call panics.
    struct Broken;

    impl Bridge for Broken {
        async fn ping(&self) -> Result<Pong, Status> {
            panic!("something impossible")
        }
        async fn solve(&self, _: Solve) -> Result<Solved, Status> {
            Err(Status::user("unused"))
        }
        async fn read_file(&self, _: &Ref, _: &str, _: Option<ByteRange>) -> Result<Vec<u8>, Status> {
            Err(Status::user("unused"))
        }
        async fn read_dir(&self, _: &Ref, _: &str, _: Option<&str>) -> Result<Vec<Stat>, Status> {
            Err(Status::user("unused"))
        }
        async fn stat_file(&self, _: &Ref, _: &str) -> Result<Stat, Status> {
            Err(Status::user("unused"))
        }
        async fn evaluate(&self, _: &Ref) -> Result<(), Status> {
            Err(Status::user("unused"))
        }
        async fn resolve_image(&self, _: ImageRequest) -> Result<ResolvedImage, Status> {
            Err(Status::user("unused"))
        }
        async fn resolve_source(&self, _: SourceRequest) -> Result<SourceMeta, Status> {
            Err(Status::user("unused"))
        }
        async fn inputs(&self) -> Result<BTreeMap<String, Vec<u8>>, Status> {
            Err(Status::user("unused"))
        }
        async fn warn(&self, _: Warning) -> Result<(), Status> {
            Err(Status::user("unused"))
        }
        async fn finish(&self, _: Result<Outcome, Status>) -> Result<(), Status> {
            Err(Status::user("unused"))
        }
    }

    #[test]
    fn a_result_that_the_daemon_refuses_becomes_an_error() {
        let refused = Status::user("no result of this kind");
        let bridge = Arc::new(FakeBridge::new().failing(Rpc::Finish, 1, refused.clone()));
        let opts = BTreeMap::from([("requestid".to_owned(), "frontend.subrequests.describe".to_owned())]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let session = Session { opts, ..Session::default() };
        assert_eq!(runtime.block_on(run(bridge.clone(), session)), Ok(()));
        let [Call::Finish(Ok(_)), Call::Finish(reported)] = &bridge.calls()[..] else {
            panic!("{:?}", bridge.calls())
        };
        assert_eq!(*reported, Err(refused));
    }

    #[test]
    fn an_error_of_the_daemon_is_reported_without_passwords() {
        let message = "process \"/bin/sh -e -c curl https://user:password@h\" did not complete";
        assert_eq!(
            shown(Status::user(message)).message,
            "process \"/bin/sh -e -c curl https://user:xxxxx@h\" did not complete"
        );
    }

    #[test]
    fn a_panic_becomes_an_error_that_names_its_place() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let status = runtime.block_on(build_on_thread(Arc::new(Broken), Session::default())).unwrap_err();
        assert!(status.message.contains("bug in varve"), "{}", status.message);
        assert!(
            status.message.contains("serve.rs:") && status.message.contains("something impossible"),
            "{}",
            status.message
        );
    }
}
