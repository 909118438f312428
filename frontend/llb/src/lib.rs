//! Graph of BuildKit operations to a `Definition`.
