//! The life of the process as a frontend: one build, one answer, and an end that nothing can hold up.

use std::sync::{Arc, Mutex, PoisonError};

use buildkit_gateway::{Bridge, Session, Status, Wire};
use tokio::signal::unix::{SignalKind, signal};

use crate::build;

/// Serves one build over standard input and output. Gives the exit code of the process, which must then end by exiting: the
/// transport may keep a thread on standard input for ever.
pub async fn serve(session: Session) -> i32 {
    let place = Arc::new(Mutex::new(None));
    let seen = place.clone();
    std::panic::set_hook(Box::new(move |panic| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic.to_string());
    }));
    let conversation = async {
        let wire = Arc::new(Wire::stdio().await?);
        let task = tokio::spawn({
            let wire = wire.clone();
            async move { build(wire.as_ref(), &session).await }
        });
        let outcome = task.await.unwrap_or_else(|_| {
            let panic = place.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
            let panic = panic.replace('\n', ": ");
            Err(Status::user(format!("this is a bug in varve, please report it: {panic}")))
        });
        wire.finish(outcome).await
    };
    tokio::select! {
        result = conversation => i32::from(result.is_err()),
        () = terminated() => 128 + 15,
    }
}

/// Waits for the signal to end.
async fn terminated() {
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}
