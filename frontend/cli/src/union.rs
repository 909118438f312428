//! The union of the graphs of all variants: every operation of a family once, with who runs it.
//!
//! Operations are those of [`Canonical`]: without facts of a machine, with what they read of the context by its content. So two variants run
//! the same operation if and only if a builder that has the result of one takes it for the other. Image tests are not among them.
//!
//! This module does not know what an operation costs, and makes no decision.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use buildkit_llb::{Digest, Env, Graph, LocalSource, MountKind, Operation, Vertex};
use varve_frontend::render::Built;
use varve_spec::plan::{Action, Step};
use varve_spec::{Dependency, Member, Vcs};

use crate::answer::Failure;
use crate::arguments::FamilyArgs;
use crate::git;
use crate::keys::{Canonical, Keying, operation_name, operation_place};
use crate::load::{self, Loaded};
use crate::member::name;

/// The platform of the builder that a graph without a builder assumes.
const BUILDER: &str = "linux/amd64";

/// The operations of all variants of a family.
pub(crate) struct Union {
    /// The variants of the matrix.
    pub(crate) variants: Vec<Member>,
    /// The builds: one for each platform of each variant, in the order of the variants.
    pub(crate) members: Vec<UnionMember>,
    /// The operations, each after its inputs.
    pub(crate) operations: Vec<UnionOperation>,
    /// The steps that set variables for the steps after them, in the order of the first variant that has them.
    pub(crate) settings: Vec<UnionSetting>,
}

/// The build of a variant for a platform.
pub(crate) struct UnionMember {
    /// The index of the variant.
    pub(crate) variant: usize,
    /// The platform, such as `linux/amd64`.
    pub(crate) platform: String,
    /// The indices of its operations, and which step of its plan each is the result of. Operations that only belong to a step have none, such
    /// as the merge of layers that need no join, and so have images and other sources.
    pub(crate) operations: BTreeMap<usize, Option<StepId>>,
    /// The operations whose results are the image, and the folders with its facts.
    pub(crate) roots: Vec<usize>,
}

/// A step as the plan of a variant numbers it: `wheels:3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepId {
    /// The name of the stage, with the arguments of the stage.
    pub(crate) stage: Rc<str>,
    /// The number of the step in the progress, where the base of the stage is 1.
    pub(crate) number: usize,
}

/// An operation that one or more variants run.
pub(crate) struct UnionOperation {
    /// The digest of the operation and of everything that it is built from.
    pub(crate) digest: Digest,
    /// The digest of the operation alone: equal for two operations that differ only in what they are built from and in their variables.
    pub(crate) own: Digest,
    /// What it does.
    pub(crate) kind: OperationKind,
    /// Its name in the progress of the first variant that has it: `[app 2/3] run make`.
    pub(crate) name: String,
    /// Its first line in the build file: `image.yaml:6`.
    pub(crate) place: Option<String>,
    /// The operations that it is built from.
    pub(crate) inputs: Vec<usize>,
    /// The file system that the step starts from, if another operation makes it. `None` for what is not the result of a step, and for
    /// `layers`.
    pub(crate) before: Option<usize>,
    /// The indices of the members that run it, sorted.
    pub(crate) members: Vec<usize>,
    /// The axes, args and other names that the step reads.
    pub(crate) reads: BTreeSet<String>,
    /// The variables of its process.
    pub(crate) env: BTreeMap<String, String>,
    /// The ids of the cache mounts that the build file gives it. Those of `packages` and `pip` are not among them.
    pub(crate) caches: BTreeSet<String>,
    /// Whether it runs in one of the members even if its result is cached.
    pub(crate) no_cache: bool,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// It gets something from elsewhere: an image, a repository, a file.
    Source,
    /// It runs a process in a container.
    Process,
    /// It copies or creates files, or joins file systems.
    Files,
}

/// A step that sets variables for the steps after it.
pub(crate) struct UnionSetting {
    /// Its first line in the build file.
    pub(crate) place: String,
    /// The names of the variables.
    pub(crate) variables: BTreeSet<String>,
    /// The axes, args and other names that it reads.
    pub(crate) reads: BTreeSet<String>,
}

impl Union {
    /// Finds the operations of variants. The lock has to be a part of the query.
    ///
    /// # Errors
    /// Returns the mistakes of the family, or that a file of the context cannot be read.
    pub(crate) fn of(args: &FamilyArgs, loaded: &Loaded, variants: Vec<Member>) -> Result<Self, Failure> {
        let ignore = load::valid_ignore_file(args, loaded)?;
        let vcs = if loaded.family()?.reads_vcs() { git::find(args.context()) } else { Vcs::default() };
        let keying = Keying::new(args, loaded, &ignore, &vcs)?;
        let mut adding = Adding::default();
        for (variant, member) in variants.iter().enumerate() {
            keying.each_canonical(member, |built, canonical| {
                adding.add(variant, built, canonical);
                Ok(())
            })?;
        }
        let Adding { members, operations, settings, .. } = adding;
        Ok(Self { variants, members, operations, settings })
    }

    /// The operations that one of several others is built from, and these themselves.
    pub(crate) fn closure(&self, of: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open: Vec<usize> = of.into_iter().collect();
        while let Some(index) = open.pop() {
            if all.insert(index) {
                open.extend(&self.operations[index].inputs);
            }
        }
        all
    }

    /// The platform of a machine for an operation. If members of several platforms run it, that is `linux/amd64`, the platform of the
    /// builder that this command assumes for stages with `platform: build`.
    pub(crate) fn machine(&self, operation: usize) -> &str {
        let members = self.operations[operation].members.iter();
        let mut platforms = members.map(|member| self.members[*member].platform.as_str());
        let first = platforms.next().unwrap_or(BUILDER);
        if platforms.any(|platform| platform == BUILDER) { BUILDER } else { first }
    }

    /// The name of a member: `app device=cuda linux/amd64`.
    pub(crate) fn name(&self, member: usize) -> String {
        format!("{} {}", name(self.variant(member)), self.members[member].platform)
    }

    /// The variant of a member.
    pub(crate) fn variant(&self, member: usize) -> &Member {
        &self.variants[self.members[member].variant]
    }
}

/// A union to which builds are added.
struct Adding {
    members: Vec<UnionMember>,
    operations: Vec<UnionOperation>,
    settings: Vec<UnionSetting>,
    known: BTreeMap<Digest, usize>,
    /// A graph with one operation, which replaces all inputs where an operation counts alone.
    alone: (Graph, Vertex),
}

impl Default for Adding {
    fn default() -> Self {
        let mut graph = Graph::new();
        let input = graph.add(LocalSource::new("input", ""));
        let (members, operations, settings) = Default::default();
        Self { members, operations, settings, known: BTreeMap::new(), alone: (graph, input) }
    }
}

/// A step of a build, with its place among the operations.
struct Made<'b> {
    id: StepId,
    before: Option<Vertex>,
    step: &'b Step,
    reads: BTreeSet<String>,
}

impl Adding {
    fn add(&mut self, variant: usize, built: &Built<'_>, canonical: &Canonical) {
        let member = self.members.len();
        let steps = self.steps(built);
        let mut indices = Vec::with_capacity(canonical.operations.len());
        let mut operations = BTreeMap::new();
        let index_of: BTreeMap<Vertex, usize> =
            canonical.operations.iter().enumerate().map(|(index, one)| (one.vertex, index)).collect();
        for one in &canonical.operations {
            let made = steps.get(&one.vertex);
            let index = match self.known.get(&one.digest) {
                Some(known) => *known,
                None => {
                    // The steps of layers start there, and not the layers.
                    let of_step = made.filter(|made| !matches!(made.step.action, Action::Layers(_)));
                    let before = of_step.and_then(|made| index_of.get(&made.before?).map(|at| indices[*at]));
                    let inputs = one.inputs.iter().map(|input| indices[*input]).collect();
                    let operation = UnionOperation {
                        digest: one.digest,
                        own: self.own(&one.operation),
                        kind: kind(&one.operation),
                        name: operation_name(built, one.vertex),
                        place: operation_place(built, one.vertex),
                        inputs,
                        before,
                        members: Vec::new(),
                        reads: BTreeSet::new(),
                        env: env(&one.operation),
                        caches: caches(&one.operation, made.map(|made| made.step)),
                        no_cache: false,
                    };
                    self.operations.push(operation);
                    self.known.insert(one.digest, self.operations.len() - 1);
                    self.operations.len() - 1
                }
            };
            indices.push(index);
            let known = &mut self.operations[index];
            if known.members.last() != Some(&member) {
                known.members.push(member);
            }
            known.no_cache |= built.graph.metadata(one.vertex).ignore_cache;
            known.reads.extend(made.iter().flat_map(|made| made.reads.iter().cloned()));
            operations.insert(index, made.map(|made| made.id.clone()));
        }
        let roots =
            canonical.roots.iter().flatten().filter_map(|(digest, _)| self.known.get(digest).copied());
        let roots = roots.collect();
        self.members.push(UnionMember { variant, platform: built.target.to_string(), operations, roots });
    }

    /// The steps of a build that are operations. Steps that set variables are added to the union.
    fn steps<'b>(&mut self, built: &Built<'b>) -> BTreeMap<Vertex, Made<'b>> {
        let mut all = BTreeMap::new();
        let stages = built.plan.stages.iter().zip(&built.lowered.records).zip(&built.explanation.stages);
        for ((stage, record), explanation) in stages {
            let name: Rc<str> = stage.name.as_str().into();
            let steps = stage.all_steps().into_iter().zip(&record.steps).zip(&explanation.steps);
            for ((step, record), explanation) in steps {
                let names = explanation.reads.iter().filter_map(|read| match read {
                    Dependency::Name(name) => Some(name.clone()),
                    Dependency::File(_) => None,
                });
                let reads: BTreeSet<String> = names.collect();
                if let Action::Env(changes) = &step.action {
                    let place = place(built, step);
                    let names = changes.iter().map(|change| change.name.clone());
                    match self.settings.iter_mut().find(|known| known.place == place) {
                        Some(known) => {
                            known.variables.extend(names);
                            known.reads.extend(reads);
                        }
                        None => self.settings.push(UnionSetting { place, variables: names.collect(), reads }),
                    }
                } else if let Some((number, output)) = record.made {
                    let id = StepId { stage: Rc::clone(&name), number };
                    let before = record.before.map(|output| output.vertex);
                    all.entry(output.vertex).or_insert(Made { id, before, step, reads });
                }
            }
        }
        all
    }

    /// The digest of an operation without what it is built from, and without its variables.
    fn own(&mut self, operation: &Operation) -> Digest {
        let (graph, input) = &mut self.alone;
        let mut operation = operation.clone();
        if let Operation::Exec(exec) = &mut operation {
            exec.env = Env::new();
        }
        operation.replace_inputs(|old, _| input.output(old.index));
        let vertex = graph.add_ref(&operation);
        graph.digest(vertex)
    }
}

fn kind(operation: &Operation) -> OperationKind {
    match operation {
        Operation::Exec(_) => OperationKind::Process,
        Operation::File(_) | Operation::Merge(_) | Operation::Diff(_) => OperationKind::Files,
        _ => OperationKind::Source,
    }
}

fn env(operation: &Operation) -> BTreeMap<String, String> {
    let Operation::Exec(exec) = operation else { return BTreeMap::new() };
    exec.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The ends of the ids of the cache mounts of `pip`.
const OF_PIP: [&str; 2] = ["/varve-pip", "/varve-uv"];

/// The cache mounts of a process, without those that varve gives to `packages` and `pip`: they only have what a step downloads.
fn caches(operation: &Operation, step: Option<&Step>) -> BTreeSet<String> {
    let is_packages = step.is_some_and(|step| matches!(step.action, Action::Packages(_)));
    let Operation::Exec(exec) = operation else { return BTreeSet::new() };
    let mounts = exec.mounts.iter().filter(|_| !is_packages);
    let ids = mounts.filter_map(|mount| match &mount.kind {
        MountKind::Cache(cache) if cache.id.is_empty() => Some(mount.dest.clone()),
        MountKind::Cache(cache) => Some(cache.id.clone()),
        _ => None,
    });
    ids.filter(|id| !OF_PIP.iter().any(|end| id.ends_with(end))).collect()
}

fn place(built: &Built<'_>, step: &Step) -> String {
    let (start, _) = built.sources.range(step.span);
    format!("{}:{}", built.sources.get(step.span.source).name(), start.line)
}
