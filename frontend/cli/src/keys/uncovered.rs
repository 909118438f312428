//! What can change an image although its key stays the same.

use buildkit_llb::{Exec, Operation, Vertex};
use varve_frontend::render::Built;
use varve_spec::plan::Base;

use super::canonical::Canonical;
use super::content::MISSING;

/// Returns a sentence for each thing, in the order of the build, each once.
pub(super) fn of(built: &Built<'_>, canonical: &Canonical) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut add = |sentence: String| {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    };
    for stage in &built.plan.stages {
        if let Base::Dockerfile(dockerfile) = &stage.base {
            add(format!("a builder resolves the images of the Dockerfile `{}`", dockerfile.path));
        }
    }
    for found in canonical.operations.iter().flat_map(|operation| &operation.reads) {
        if found.entries.contains_key(".git") {
            add("a step reads `.git`, so the key is new for each clone: ignore it in `.dockerignore`"
                .to_owned());
        }
        for (path, _) in found.entries.iter().filter(|(_, entry)| *entry == MISSING) {
            add(format!("the context has no `{path}`"));
        }
    }
    for vertex in built.graph.reachable(built.lowered.output) {
        if built.graph.metadata(vertex).ignore_cache {
            add(format!("{} has `no-cache`", name(built, vertex)));
        }
        match built.graph.operation(vertex) {
            Some(Operation::Image(image))
                if image.reference.digest().is_none()
                    && built.program.is_none_or(|program| program.vertex != vertex) =>
            {
                add(format!("no lock has the digest of {}", image.reference.canonical()));
            }
            Some(Operation::Git(git)) if git.checksum.is_none() && !is_commit(git.url.reference()) => {
                add(format!("no lock has the commit of {}", git.url));
            }
            Some(Operation::Http(http)) if http.checksum.is_none() => {
                add(format!("{} has no `sha256`", http.url));
            }
            Some(Operation::Exec(exec)) => secrets(exec).into_iter().for_each(&mut add),
            _ => {}
        }
    }
    sentences
}

/// The secrets and agents that a step reads.
fn secrets(exec: &Exec) -> Vec<String> {
    let files = exec.secrets.iter().map(|secret| &secret.id);
    let variables = exec.secret_env.iter().map(|secret| &secret.id);
    let secrets = files.chain(variables).map(|id| format!("a step reads the secret `{id}`"));
    let agents = exec.ssh.iter().map(|agent| format!("a step uses the SSH agent `{}`", agent.id));
    secrets.chain(agents).collect()
}

fn is_commit(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name of an operation in the progress.
fn name<'b>(built: &'b Built<'_>, vertex: Vertex) -> &'b str {
    built.graph.metadata(vertex).name.as_deref().unwrap_or("a step")
}
