//! The families in `examples`, read, linted and built in this process by the whole frontend, on a fake daemon with invented base images.

use std::collections::BTreeMap;
use std::fs;

use buildkit_gateway::{FakeBridge, Platform, Session, Worker};
use buildkit_llb::{Graph, ImageSource};
use buildkit_proto::pb;
use prost::Message;
use varve_spec::plan::{Base, Origin};
use varve_spec::{Directive, Family, MatrixQuery, Member, Plan, Selection, Sources, check, missing_includes};
use varve_tests::machine::Machine;

/// A family in `examples`.
pub(crate) struct Example {
    pub(crate) sources: Sources,
    pub(crate) family: Family,
    pub(crate) query: MatrixQuery,
}

/// The vertices of a build: their names by digest.
pub(crate) type Vertices = BTreeMap<String, String>;

impl Example {
    /// Reads a family with all its files.
    pub(crate) fn read(name: &str) -> Self {
        let folder = Machine::read().unwrap().workspace.join("examples").join(name);
        let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
        let mut sources = Sources::single("image.yaml", text("image.yaml"));
        for include in missing_includes(&sources).unwrap() {
            sources.add(include.path.clone(), text(&include.path));
        }
        let reading = Family::read(&sources);
        let lines: Vec<String> = reading.found.iter().map(|found| found.one_line(&sources)).collect();
        assert_eq!(lines, [""; 0]);
        let family = reading.family.unwrap();
        let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
        query.files = family.files().into_keys().map(|path| (path.to_owned(), text(path))).collect();
        Self { sources, family, query }
    }

    /// Returns the diagnostics of `varve check`, one line each.
    pub(crate) fn findings(&self) -> Vec<String> {
        let reading = Family::read(&self.sources);
        let checked = check(&reading, &self.sources, &self.query, &Directive::default());
        checked.found.iter().map(|found| found.one_line(&self.sources)).collect()
    }

    /// Returns the variants of the matrix.
    pub(crate) fn members(&self) -> Vec<Member> {
        let matrix = self.family.matrix(&self.query).unwrap();
        matrix.builds().unwrap()
    }

    /// The plan of a variant, or its errors.
    pub(crate) fn plan(&self, target: &str, args: &[(String, String)], arch: &str) -> Result<Plan, String> {
        let selection = Selection {
            args: args.iter().cloned().collect(),
            target: Some(target.to_owned()),
            files: self.query.files.clone(),
            ..Selection::new(Platform::new("linux", arch))
        };
        let plan = self.family.select(&selection).and_then(|variant| variant.plan());
        plan.map_err(|found| {
            found.iter().map(|found| found.one_line(&self.sources)).collect::<Vec<_>>().join("\n")
        })
    }

    /// Builds a variant for one or several platforms. Returns the vertices of the solved graphs.
    pub(crate) fn vertices(&self, target: &str, args: &[(String, String)], platforms: &str) -> Vertices {
        let mut fake = FakeBridge::new().with_workers(vec![Worker {
            id: "fake".to_owned(),
            labels: BTreeMap::new(),
            platforms: vec![Platform::new("linux", "amd64")],
        }]);
        for source in self.sources.iter() {
            fake = fake.with_file("local://dockerfile", source.name(), source.text());
        }
        for (path, text) in &self.query.files {
            fake = fake.with_file("local://context", path, text.as_str());
        }
        for platform in platforms.split(',') {
            let arch = platform.rsplit('/').next().unwrap();
            let plan = self.plan(target, args, arch).unwrap();
            let bases = plan.stages.iter().filter_map(|stage| match &stage.base {
                Base::Image(reference) => Some(reference),
                _ => None,
            });
            let origins = plan.steps().flat_map(|step| step.origins());
            let copied = origins.filter_map(|(origin, _)| match origin {
                Origin::Image(image) => Some(&image.reference),
                _ => None,
            });
            for reference in bases.chain(copied) {
                let digest = format!("sha256:{:0>64}", reference.as_str().len());
                let reference = reference.reference().unwrap();
                let digest = reference.digest().unwrap_or(&digest);
                fake = fake.with_image_for_all(&reference.canonical(), Some(digest), CONFIG);
            }
        }
        let mut session = Session { image: frontend(), program: "/varve".to_owned(), ..Session::default() };
        let mut set = |name: &str, value: &str| session.opts.insert(name.to_owned(), value.to_owned());
        set("filename", "image.yaml");
        set("target", target);
        set("platform", platforms);
        if platforms.contains(',') {
            set("multi-platform", "true");
        }
        for (name, value) in args {
            set(&format!("build-arg:{name}"), value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome = runtime.block_on(varve_frontend::build(&fake, &session));
        outcome.unwrap_or_else(|status| panic!("{target} {args:?}: {}", status.message));
        assert!(fake.warnings().is_empty(), "{target} {args:?}: {:?}", fake.warnings());
        // The solves for each platform and those that read files.
        let metadata = fake.definitions().into_iter().flat_map(|definition| definition.metadata);
        let name = |(digest, mut vertex): (String, pb::OpMetadata)| {
            (digest, vertex.description.remove("llb.customname").unwrap_or_default())
        };
        metadata.map(name).collect()
    }
}

/// The configuration of every base image.
const CONFIG: &str = r#"{
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
    "rootfs": {"type": "layers", "diff_ids": []},
    "history": []
}"#;

/// The definition of the frontend image, as a daemon passes it: image tests run from it.
fn frontend() -> Vec<u8> {
    let platform = Platform::new("linux", "amd64");
    let mut graph = Graph::new();
    let vertex = graph.add(ImageSource::new("varve/frontend:dev".parse().unwrap(), platform));
    graph.definition(graph.root(vertex), &[]).encode_to_vec()
}

/// Build arguments from pairs of texts.
pub(crate) fn args(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
