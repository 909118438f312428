//! The bridge with a real gRPC server at the other end of a stream.

mod daemon;

mod calls;
mod failures;
mod fallbacks;
mod finishing;
mod sizes;
mod transport;
