//! Harness and engine.
