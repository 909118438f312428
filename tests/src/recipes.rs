//! The shell commands of the recipes, and those that no test can run.

/// A command that no test runs as it stands: it needs a driver, a service or a program that the tests do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Elsewhere {
    /// The file name of the page.
    pub page: &'static str,
    /// A part of the command.
    pub command: &'static str,
    /// The words with which the page says what the command needs.
    pub says: &'static str,
}

const fn elsewhere(page: &'static str, command: &'static str, says: &'static str) -> Elsewhere {
    Elsewhere { page, command, says }
}

/// All commands that no test runs as they stand.
pub const ELSEWHERE: &[Elsewhere] = &[
    elsewhere("debugger.md", "docker buildx dap build", "a debugger for editors"),
    elsewhere("details.md", "varve check docker/image.yaml", "--context"),
    elsewhere("details.md", "varve dockerfile", "podman"),
    elsewhere("details.md", "podman build", "podman"),
    elsewhere("details.md", "buildah build", "buildah"),
    elsewhere("distributed.md", "--driver kubernetes", "Builders on Kubernetes"),
    elsewhere("distributed.md", "--builder cluster", "Builders on Kubernetes"),
    elsewhere("distributed.md", "--driver remote", "`remote` driver"),
    elsewhere("distributed.md", "--builder far", "`remote` driver"),
    elsewhere("distributed.md", "--name both --append", "the builder that has this platform"),
    elsewhere("distributed.md", "--builder both", "the builder that has this platform"),
    elsewhere("distributed.md", "type=s3", "The builder connects to S3"),
];

/// Returns the commands in the shell blocks of a page, each on one line.
pub fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("\n```sh\n").skip(1).filter_map(|block| block.split_once("\n```"));
    let lines = blocks.flat_map(|(block, _)| {
        let joined = block.replace("\\\n", " ");
        joined.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines.filter(|line| !line.trim().is_empty()).collect()
}

/// Returns the entry of a command that no test runs.
pub fn find_elsewhere(page: &str, command: &str) -> Option<&'static Elsewhere> {
    ELSEWHERE.iter().find(|row| row.page == page && command.contains(row.command))
}
