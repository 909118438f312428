//! Finds the program `varve-rootfs`: in the frontend's own image, which contains it beside the frontend.

use buildkit_gateway::{Bridge, Capabilities, Options, Platform, Reference, Status};
use buildkit_llb::{Graph, ImageSource, Metadata, SourceInfo};
use buildkit_names::InvalidReference;
use varve_spec::plan::{Action, Flatten, Step};
use varve_spec::{Plan, Sources};

use crate::inputs::client::Client;
use crate::lower::{RootfsProgram, RunTests, has_owner_name};

/// The build argument that skips all rootfs tests.
const ARGUMENT: &str = "VARVE_CHECKS";

/// The build argument that replaces the image of the frontend (`frontend/dockerfile/builder` of BuildKit).
const SYNTAX: &str = "BUILDKIT_SYNTAX";

/// The name of the program that runs during a build.
const PROGRAM: &str = "varve-rootfs";

/// Adds the frontend's own image with the program to the graph. `None` if no step and no test runs it.
///
/// # Errors
/// Returns an error if `VARVE_CHECKS` is neither `on` nor `off`, or if the daemon's definition of the frontend's own image cannot
/// be imported.
pub(crate) fn of_daemon<B: Bridge>(
    client: &Client<'_, B>,
    capabilities: &Capabilities,
    (plans, build): (&[&Plan], &Platform),
    graph: &mut Graph,
    infos: &mut Vec<SourceInfo>,
) -> Result<Option<RootfsProgram>, Status> {
    let tests = run_tests(client.options, plans)?;
    if tests == RunTests::No && !plans.iter().any(|plan| is_run_by(plan)) {
        return Ok(None);
    }
    let session = client.session;
    let unreadable =
        |reason: String| Status::user(format!("cannot read the image of the frontend: {reason}"));
    let definition = session.image_definition().map_err(unreadable)?;
    let image = match (definition, session.opts.get("source")) {
        (Some(definition), _) => {
            graph.import(&definition.into(), infos).map_err(|error| unreadable(error.to_string()))?
        }
        (None, Some(reference)) => {
            let reference: Reference =
                reference.parse().map_err(|error: InvalidReference| unreadable(error.to_string()))?;
            Some(load(reference, build, graph))
        }
        (None, None) => None,
    };
    let skips_content = capabilities.llb.has("exec.mount.cache.content");
    let program = match session.program.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{PROGRAM}"),
        None => format!("/{PROGRAM}"),
    };
    Ok(Some(RootfsProgram { image, program, skips_content, tests }))
}

/// Adds the image that the build file names as its frontend to the graph. `None` if no step runs the program.
///
/// # Errors
/// Returns an error if the name of the frontend is not an image reference.
pub(crate) fn of_build_file(
    sources: &Sources,
    options: &Options,
    (plans, build): (&[&Plan], &Platform),
    graph: &mut Graph,
) -> Result<Option<RootfsProgram>, Status> {
    if !plans.iter().any(|plan| is_run_by(plan)) {
        return Ok(None);
    }
    let line = sources.iter().next().and_then(|source| named_frontend(source.text()));
    let name = options.build_args.get(SYNTAX).map(String::as_str).or(line);
    let reference: Option<Reference> =
        name.map(str::parse).transpose().map_err(|error: InvalidReference| {
            Status::user(format!("cannot read the image of the frontend: {error}"))
        })?;
    let image = reference.map(|reference| load(reference, build, graph));
    let program = format!("/{PROGRAM}");
    Ok(Some(RootfsProgram { image, program, skips_content: true, tests: RunTests::No }))
}

fn load(reference: Reference, build: &Platform, graph: &mut Graph) -> buildkit_llb::Output {
    let name = reference.canonical();
    let vertex = graph.add(ImageSource::new(reference, build.clone()));
    graph.describe(vertex, Metadata::named(format!("[internal] load {name}")));
    vertex.output(0)
}

/// Returns the image of the frontend that the comments at the start of a build file name: `# syntax=IMAGE`.
///
/// ```
/// use varve_frontend::named_frontend;
/// assert_eq!(named_frontend("# syntax=varve/frontend:1\nstages:\n"), Some("varve/frontend:1"));
/// ```
pub fn named_frontend(text: &str) -> Option<&str> {
    let comments = text.lines().map(str::trim).map_while(|line| line.strip_prefix('#'));
    let mut values = comments.filter_map(|comment| {
        let (key, value) = comment.split_once('=')?;
        key.trim().eq_ignore_ascii_case("syntax").then(|| value.split_whitespace().next())
    });
    values.next().flatten()
}

fn run_tests(options: &Options, plans: &[&Plan]) -> Result<RunTests, Status> {
    let is_enabled = match options.build_args.get(ARGUMENT).map(String::as_str) {
        None | Some("on") => true,
        Some("off") => false,
        Some(other) => return Err(Status::user(format!("{ARGUMENT} is `{other}`, expected `on` or `off`"))),
    };
    let any = plans.iter().flat_map(|plan| &plan.stages).any(|stage| !stage.checks.is_empty());
    Ok(if is_enabled && any { RunTests::Yes } else { RunTests::No })
}

/// Whether a step of a plan runs the program: it unpacks an archive, applies patches, or has an owner by name.
fn is_run_by(plan: &Plan) -> bool {
    let extracts = |step: &Step| matches!(&step.action, Action::Copy(copy) if copy.extract.is_some());
    let patches = |step: &Step| step.origins().iter().any(|(origin, _)| !origin.patches().is_empty());
    let flattens = plan.stages.iter().any(|stage| stage.flatten == Flatten::Own);
    let joins = |step: &Step| matches!(&step.action, Action::Layers(layers) if layers.need_join());
    plan.steps().any(|step| extracts(step) || patches(step) || joins(step))
        || flattens
        || has_owner_name(plan)
}

#[cfg(test)]
mod tests {
    use super::named_frontend;

    #[test]
    fn the_frontend_is_named_by_a_comment_at_the_start() {
        assert_eq!(named_frontend("# syntax=varve/frontend:1\nstages:\n"), Some("varve/frontend:1"));
        assert_eq!(named_frontend("# other\n#Syntax = a/b:c options\n"), Some("a/b:c"));
        assert_eq!(named_frontend("stages:\n# syntax=a\n"), None);
        assert_eq!(named_frontend("\n# syntax=a\n"), None);
        assert_eq!(named_frontend("# syntax=\n"), None);
    }
}
