//! The life of the process as a frontend: one build, one answer, and an end that nothing can hold up.

use std::cell::Cell;
use std::sync::{Arc, Once};

use buildkit_gateway::{Bridge, GrpcBridge, Outcome, Session, Status};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::build;

/// Serves one build over standard input and output. Gives the exit code of the process, which must then end by exiting: the
/// transport may keep a thread on standard input for ever.
///
/// # Errors
/// The daemon cannot be talked to, so that nobody but who reads standard error can be told.
pub async fn serve(session: Session) -> Result<i32, Status> {
    let conversation = async { converse(Arc::new(GrpcBridge::stdio().await?), session).await };
    tokio::select! {
        result = conversation => result.map(|()| 0),
        () = terminated() => Ok(128 + 15),
    }
}

/// Builds and hands over what came of it. What cannot be handed over is an error, and the reason is told instead.
async fn converse<B: Bridge + 'static>(bridge: Arc<B>, session: Session) -> Result<(), Status> {
    match bridge.finish(guarded(bridge.clone(), session).await).await {
        Ok(()) => Ok(()),
        Err(refused) => bridge.finish(Err(refused)).await,
    }
}

/// What a build comes to.
type Built = Result<Outcome, Status>;

/// Builds on a thread of its own. A panic there ends at its place, and is an error that names it, so that the daemon always gets an
/// answer. Nothing is unwound: the program is smaller without what that takes.
async fn guarded<B: Bridge + 'static>(bridge: Arc<B>, session: Session) -> Built {
    let (tell, told) = oneshot::channel();
    let work = move || {
        tell_of_panics(tell);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Status::user(error.to_string()));
        done(runtime.and_then(|runtime| runtime.block_on(build(bridge.as_ref(), &session))));
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.map_err(|error| Status::user(format!("no thread to build on: {error}")))?;
    told.await.unwrap_or_else(|_| Err(Status::user("the build ended without a result")))
}

/// As large as that of a main thread: files may nest as deep as the language allows.
const STACK: usize = 8 << 20;

thread_local! {
    /// Who waits for the build of this thread.
    static WAITS: Cell<Option<oneshot::Sender<Built>>> = const { Cell::new(None) };
}

/// Tells who waits for the build of this thread what it came to; false when nobody does.
fn done(built: Built) -> bool {
    WAITS.take().is_some_and(|waits| waits.send(built).is_ok())
}

/// Has a panic of this thread be what its build came to, and the last thing that it does. Those of other threads are handled as
/// before.
fn tell_of_panics(waits: oneshot::Sender<Built>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.to_string().replace('\n', ": ");
            if !done(Err(Status::user(format!("this is a bug in varve, please report it: {place}")))) {
                return others(panic);
            }
            // Where nothing unwinds, the process would end with this call, before the other thread has told it.
            while cfg!(panic = "abort") {
                std::thread::park();
            }
        }));
    });
    WAITS.set(Some(waits));
}

/// Waits for the signal to end.
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

    /// A bridge on which the first call is a bug.
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
    fn what_cannot_be_handed_over_is_told() {
        let refused = Status::user("no result of this kind");
        let bridge = Arc::new(FakeBridge::new().failing(Rpc::Finish, 1, refused.clone()));
        let opts = BTreeMap::from([("requestid".to_owned(), "frontend.subrequests.describe".to_owned())]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let session = Session { opts, ..Session::default() };
        assert_eq!(runtime.block_on(converse(bridge.clone(), session)), Ok(()));
        let [Call::Finish(Ok(_)), Call::Finish(told)] = &bridge.calls()[..] else {
            panic!("{:?}", bridge.calls())
        };
        assert_eq!(*told, Err(refused));
    }

    #[test]
    fn a_panic_is_an_error_that_names_its_place() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let status = runtime.block_on(guarded(Arc::new(Broken), Session::default())).unwrap_err();
        assert!(status.message.contains("bug in varve"), "{}", status.message);
        assert!(
            status.message.contains("serve.rs:") && status.message.contains("something impossible"),
            "{}",
            status.message
        );
    }
}
