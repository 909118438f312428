//! The LLB bridge.
