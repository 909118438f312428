//! What a process is lent by the client: never part of a layer, and of the cache key only by name.

/// A secret as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The id by which the client knows it.
    pub id: String,
    /// Where the file is; a relative path is taken from the working directory.
    pub dest: String,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
    /// The permissions of the file.
    pub mode: u32,
    /// Whether the step runs without it.
    pub optional: bool,
}

impl Secret {
    /// A required secret at a path, readable by the superuser alone.
    #[must_use]
    pub fn new(id: impl Into<String>, dest: impl Into<String>) -> Self {
        Self { id: id.into(), dest: dest.into(), uid: 0, gid: 0, mode: 0o400, optional: false }
    }
}

/// A secret as an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEnv {
    /// The id by which the client knows it.
    pub id: String,
    /// The name of the variable.
    pub name: String,
    /// Whether the step runs without it.
    pub optional: bool,
}

/// The socket of an ssh agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The id by which the client knows it; empty is `default`.
    pub id: String,
    /// Where the socket is; when empty, `/run/buildkit/ssh_agent.` and its number among the sockets of the step.
    pub dest: String,
    /// The owner of the socket.
    pub uid: u32,
    /// The group of the socket.
    pub gid: u32,
    /// The permissions of the socket.
    pub mode: u32,
    /// Whether the step runs without it.
    pub optional: bool,
}

impl Ssh {
    /// The required agent of this id at its default path, for the superuser alone.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), dest: String::new(), uid: 0, gid: 0, mode: 0o600, optional: false }
    }
}
