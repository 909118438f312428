//! Secrets and ssh agents of the client.
//!
//! They are never part of a layer. Their ids and paths are part of the cache key; their content is not.

/// A secret that is mounted as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The id of the secret on the client.
    pub id: String,
    /// The path of the file. A relative path is relative to the working directory.
    pub dest: String,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
    /// The permissions of the file.
    pub mode: u32,
    /// Whether the step runs if the client does not have the secret.
    pub optional: bool,
}

impl Secret {
    /// Creates a required secret at a path. Only the superuser can read the file.
    #[must_use]
    pub fn new(id: impl Into<String>, dest: impl Into<String>) -> Self {
        Self { id: id.into(), dest: dest.into(), uid: 0, gid: 0, mode: 0o400, optional: false }
    }
}

/// A secret that is passed as an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEnv {
    /// The id of the secret on the client.
    pub id: String,
    /// The name of the variable.
    pub name: String,
    /// Whether the step runs if the client does not have the secret.
    pub optional: bool,
}

/// An ssh agent of the client, whose socket is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The id of the agent on the client. The empty id is `default`.
    pub id: String,
    /// The path of the socket. If it is empty, the path is `/run/buildkit/ssh_agent.N`, where N counts the agents of the step
    /// from 0.
    pub dest: String,
    /// The owner of the socket.
    pub uid: u32,
    /// The group of the socket.
    pub gid: u32,
    /// The permissions of the socket.
    pub mode: u32,
    /// Whether the step runs if the client does not have the agent.
    pub optional: bool,
}

impl Ssh {
    /// Creates a required agent at its default path. Only the superuser can use the socket.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), dest: String::new(), uid: 0, gid: 0, mode: 0o600, optional: false }
    }
}
