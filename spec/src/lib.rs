//! The language: bytes of an `image.yaml` to a `Plan`.
