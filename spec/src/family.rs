//! The family of images that a build file describes, before a variant is selected.

mod aliases;
mod args;
mod axes;
mod axis_file;
pub(crate) mod context_path;
pub(crate) mod data_file;
mod declared;
pub(crate) mod file_value;
mod fragments;
pub(crate) mod include;
mod inside;
mod limits;
mod parameters;
pub(crate) mod prefer;
pub(crate) mod reader;
mod requires;
mod stages;
mod support;
pub(crate) mod template;
mod vars;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::{Sources, Span};
use crate::base::suggest::did_you_mean;
use crate::base::value::Value;
use crate::expr::builtins::{self, base, digest, facts, git};
use crate::expr::{Expr, Known, Names, ValueType};
use crate::family::declared::Declared;
use crate::family::reader::{Reader, ValuePlace};
use crate::family::template::Template;
use crate::schema::keys;
use crate::schema::shapes::MapKind;
use crate::yaml::{Node, Yaml};

pub use aliases::Alias;
pub use args::{Arg, ArgDefault, ComputedDefault};
pub use axes::{Axis, AxisValue};
pub(crate) use fragments::Fragment;
pub use limits::ArgType;
pub(crate) use parameters::Parameter;

/// Everything that the build file and its included files declare. All checks that do not need a variant have passed.
#[derive(Debug)]
pub struct Family {
    /// The name of the family.
    pub name: Option<String>,
    /// What the family is for.
    pub description: Option<String>,
    /// The axes, in the order of the file.
    pub axes: Vec<Axis>,
    /// The value of `axes` in expressions.
    pub(crate) all_axes: Value,
    /// The args, in the order of the file.
    pub args: Vec<Arg>,
    pub(crate) vars: Vec<Var>,
    pub(crate) support: Vec<Rule>,
    pub(crate) mixins: Vec<NamedTemplate>,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) stages: Vec<NamedTemplate>,
    stage_indexes: stages::StageIndexes,
    pub(crate) targets: Vec<NamedTemplate>,
    pub(crate) provenance: Option<Template>,
    pub(crate) default: Option<(String, Span)>,
    /// The place of the key `targets`, or of `stages` if there are no targets. Diagnostics about the request of the client, such as
    /// an unknown build argument, point to it.
    pub(crate) build_span: Span,
}

/// A var: a value that is computed or read from files.
#[derive(Debug)]
pub(crate) struct Var {
    pub(crate) name: String,
    /// The place of the name.
    pub(crate) span: Span,
    /// The value. Parts of it can be read from files.
    pub(crate) template: Template,
}

/// A rule of `support`.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) span: Span,
    pub(crate) condition: Option<Expr>,
    pub(crate) demand: Demand,
    pub(crate) because: String,
}

/// The demand of a rule on the combinations that fit its condition.
#[derive(Debug)]
pub(crate) enum Demand {
    Require(Expr),
    Exclude(Expr),
}

/// A stage, a target or a mixin.
#[derive(Debug)]
pub(crate) struct NamedTemplate {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    pub(crate) template: Template,
    /// The parameters of a stage.
    pub(crate) parameters: Vec<Parameter>,
    /// The vars of a stage.
    pub(crate) vars: Vec<Var>,
    /// Whether it reads facts of the image.
    pub(crate) reads_facts: bool,
}

impl NamedTemplate {
    /// Whether the stage has a parameter without a default, so that it cannot be built by its name.
    pub(crate) fn needs_arguments(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.default.is_none())
    }
}

/// The outcome of reading: the family if there are no errors, and all diagnostics: errors, then warnings, each sorted
/// by place.
pub struct Reading {
    /// The family. `None` if there is an error.
    pub family: Option<Family>,
    /// All errors and warnings.
    pub found: Vec<Diagnostic>,
}

impl Family {
    /// Reads the sources. The first one is the build file, and the others are the files that it includes, which
    /// [`missing_includes`](crate::missing_includes) finds. The diagnostics contain all mistakes, not only the first one.
    ///
    /// ```
    /// use varve_spec::{Family, Sources};
    /// let sources = Sources::single("image.yaml", "stages:\n  app: {from: \"debian:12\"}\n");
    /// assert!(Family::read(&sources).family.is_some());
    /// ```
    pub fn read(sources: &Sources) -> Reading {
        let mut reader = Reader::new(sources);
        let root = include::joined(&mut reader);
        let family = root.and_then(|root| family(&mut reader, &root));
        let mut found = reader.found;
        found.extend(reader.warnings);
        // An alias is read at each place where it is used, and each time its mistakes are found again.
        Diagnostic::sort(&mut found);
        let failed = found.iter().any(Diagnostic::is_error);
        Reading { family: family.filter(|_| !failed), found }
    }

    /// The files of the context from which vars read their values. Each file has the first place that names it.
    pub fn files(&self) -> BTreeMap<&str, Span> {
        let mut files = BTreeMap::new();
        for var in self.all_vars() {
            var.template.files(&mut |file| {
                files.entry(file.path.as_str()).or_insert(file.span);
            });
        }
        files
    }

    /// Whether the family uses the repository of the context, by `git` in an expression or by `provenance`.
    pub fn reads_vcs(&self) -> bool {
        self.provenance.is_some() || self.mentions(git::NAME)
    }

    /// Whether an expression uses `base`, the base image of a stage.
    pub fn reads_base(&self) -> bool {
        self.mentions(base::NAME)
    }

    /// The vars of the family, of its stages and of its fragments.
    pub(crate) fn all_vars(&self) -> impl Iterator<Item = &Var> {
        let of_stages = self.stages.iter().flat_map(|stage| &stage.vars);
        let of_fragments = self.fragments.iter().flat_map(|fragment| &fragment.vars);
        self.vars.iter().chain(of_stages).chain(of_fragments)
    }

    /// The defaults of the parameters of stages and fragments.
    pub(crate) fn parameter_defaults(&self) -> impl Iterator<Item = &Template> {
        let of_fragments = self.fragments.iter().flat_map(|fragment| &fragment.parameters);
        let parameters = self.stages.iter().flat_map(|stage| &stage.parameters).chain(of_fragments);
        parameters.filter_map(|parameter| parameter.default.as_ref())
    }

    /// Whether an expression uses `digest`, a digest of the lock.
    pub fn reads_digests(&self) -> bool {
        self.mentions(digest::TABLE)
    }

    fn mentions(&self, name: &str) -> bool {
        let vars = self.all_vars().map(|var| &var.template);
        let named = self.mixins.iter().chain(&self.stages).chain(&self.targets).map(|named| &named.template);
        let fragments = self.fragments.iter().map(|fragment| &fragment.steps);
        let defaults = self.parameter_defaults();
        let mut reads = false;
        for template in vars.chain(named).chain(fragments).chain(defaults) {
            template.expressions(&mut |expr| reads |= expr.names().contains(name));
        }
        reads
    }

    /// The index of the stage with this name. Letter case does not count.
    pub(crate) fn stage_index(&self, name: &str) -> Option<usize> {
        self.stage_indexes.get(name)
    }

    /// The names of the stages, in the order of the file.
    pub fn stages(&self) -> impl Iterator<Item = &str> + Clone {
        self.stages.iter().map(|stage| stage.name.as_ref())
    }

    /// The names of the targets, in the order of the file.
    pub fn targets(&self) -> impl Iterator<Item = &str> + Clone {
        self.targets.iter().map(|target| target.name.as_ref())
    }

    /// The name of the default target or stage, if the file has one.
    pub fn default(&self) -> Option<&str> {
        self.default.as_ref().map(|(name, _)| name.as_str())
    }
}

fn family(reader: &mut Reader<'_>, root: &Node<'_>) -> Option<Family> {
    let Yaml::Map(entries) = &root.yaml else {
        reader.wrong_type(root, "a map with the key `stages`");
        return None;
    };
    reader.keys(root.span, entries, &keys::FAMILY);
    let name = text(part(reader, root, "name"));
    let description = text(part(reader, root, "description"));
    // Each part can use the names of the parts before it.
    let axes = part(reader, root, "axes").map(|map| axes::axes(reader, &map)).unwrap_or_default();
    names_of_defaults(&mut reader.names, &axes, root);
    let args = part(reader, root, "args").map(|map| args::args(reader, &map)).unwrap_or_default();
    scope(reader, &axes, &args, root);
    reader.found.extend(aliases::check(&axes, &args));
    let vars = part(reader, root, "vars").map(|map| vars::vars(reader, map)).unwrap_or_default();
    let support = part(reader, root, "support").map(support::rules).unwrap_or_default();
    let targets = named(part(reader, root, "targets"));
    let provenance = part(reader, root, "provenance").and_then(Declared::into_template);
    reader.names.add("stage", Known::Plain(ValueType::Text));
    let mixins = named(part(reader, root, "mixins"));
    let fragments =
        part(reader, root, "fragments").map(|map| fragments::fragments(reader, map)).unwrap_or_default();
    let stages = part(reader, root, "stages");
    if let Some(empty) = stages.as_ref().filter(|map| map.is_map() && map.fields().is_empty()) {
        let error = Diagnostic::error(Code::MissingKey, empty.span, "there are no stages");
        reader.report(error.help("the smallest possible map is `app: {from: \"debian:12\"}`"));
    }
    let stages = stages::stages(reader, stages, root.get("stages"));
    let stage_indexes = stages::StageIndexes::new(reader, &stages);
    stages::in_lower_case(reader, &targets, "targets");
    let default = part(reader, root, "default");
    let default = default.and_then(|part| self::default(reader, &part, &stages, &targets));
    stages::check_targets(reader, (&stages, &stage_indexes), &targets);
    let build = entries
        .iter()
        .find(|entry| entry.key == "targets")
        .or(entries.iter().find(|entry| entry.key == "stages"));
    let build_span = build.map_or(root.span, |entry| entry.key_span);
    Some(Family {
        name,
        description,
        all_axes: self::axes::record(&axes),
        axes,
        args,
        vars,
        support,
        mixins,
        fragments,
        stages,
        stage_indexes,
        targets,
        provenance,
        default,
        build_span,
    })
}

/// Reads the value of a key at the top level.
fn part<'n>(reader: &mut Reader<'_>, root: &'n Node<'_>, name: &str) -> Option<Declared<'n>> {
    let kind = MapKind::Table(&keys::FAMILY);
    kind.assert_has(name);
    let (key, node) = (kind.key(name)?, root.get(name)?);
    kind.note_read(name);
    Some(reader.declare(node, key))
}

fn text(part: Option<Declared<'_>>) -> Option<String> {
    part?.as_text().map(str::to_owned)
}

/// Adds the names that the defaults of args can use. That an arg is declared before the default is checked later.
fn names_of_defaults(names: &mut Names, axes: &[Axis], root: &Node<'_>) {
    const LATER: Known = Known::Elsewhere("everywhere but in the defaults of args; use a var instead");
    let declared = |key: &str| match root.get(key).map(|node| &node.yaml) {
        Some(Yaml::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    for name in ["build_platform", "target", git::NAME] {
        names.add(name, LATER);
    }
    names.add("platform", builtins::PLATFORM);
    names.add(builtins::axes::NAME, builtins::axes::AXES);
    names.add(base::NAME, base::ELSEWHERE);
    names.add(digest::TABLE, digest::ELSEWHERE);
    names.add(facts::NAME, facts::ELSEWHERE);
    for var in declared("vars") {
        names.add(&var.key, LATER);
    }
    for arg in declared("args") {
        names.add(&arg.key, Known::Plain(ValueType::Any));
    }
    // An axis with a mistake has a name too.
    for axis in declared("axes") {
        names.add(&axis.key, Known::Plain(ValueType::Any));
    }
    for axis in axes {
        names.add(&axis.name, axis.known());
    }
}

/// Adds the names of axes, args and vars, and the names that are always there, to the scope. Reports reserved names and names that
/// are declared twice.
fn scope(reader: &mut Reader<'_>, axes: &[Axis], args: &[Arg], root: &Node<'_>) {
    let names = &mut reader.names;
    names.add("platform", builtins::PLATFORM);
    names.add(builtins::axes::NAME, builtins::axes::AXES);
    names.add("build_platform", builtins::PLATFORM);
    names.add("target", Known::Plain(ValueType::Text));
    names.add(git::NAME, git::GIT);
    names.add(base::NAME, base::ELSEWHERE);
    names.add(digest::TABLE, digest::ELSEWHERE);
    names.add(facts::NAME, facts::ELSEWHERE);
    let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = Vec::new();
    let vars = match root.get("vars").map(|node| &node.yaml) {
        Some(Yaml::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let axes = axes.iter().map(|axis| (axis.name.as_str(), axis.span, axis.known()));
    let args = args.iter().map(|arg| (arg.name.as_str(), arg.span, arg.known()));
    let vars = vars.iter().map(|var| (var.key.as_ref(), var.key_span, Known::Plain(ValueType::Any)));
    for (name, span, known) in axes.chain(args).chain(vars) {
        if builtins::RESERVED.contains(&name) {
            let error = Diagnostic::error(Code::BadName, span, format!("the name `{name}` is reserved"));
            found.push(error.help("choose another name"));
        } else if let Some(first) = taken.get(name) {
            let error = Diagnostic::error(Code::BadName, span, format!("`{name}` is defined twice"));
            found.push(
                error
                    .related(*first, "first defined here")
                    .help("axes, args and vars share one namespace: rename one of them"),
            );
        } else {
            taken.insert(name, span);
            names.add(name, known);
        }
    }
    reader.found.extend(found);
}

/// Whether a template reads facts of the image.
pub(crate) fn reads_facts(template: &Template) -> bool {
    let mut reads = false;
    template.expressions(&mut |expr| reads |= !facts::read(expr).is_empty());
    reads
}

/// The targets or mixins of a map.
fn named(map: Option<Declared<'_>>) -> Vec<NamedTemplate> {
    let fields = map.map(Declared::into_fields).unwrap_or_default().into_iter();
    let named = fields.filter_map(|field| {
        let template = field.value.into_template()?;
        let name = Arc::from(field.key);
        let reads_facts = reads_facts(&template);
        let (parameters, vars) = (Vec::new(), Vec::new());
        Some(NamedTemplate { name, span: field.key_span, template, parameters, vars, reads_facts })
    });
    named.collect()
}

fn default(
    reader: &mut Reader<'_>,
    part: &Declared<'_>,
    stages: &[NamedTemplate],
    targets: &[NamedTemplate],
) -> Option<(String, Span)> {
    let name = part.as_text()?;
    let names = targets.iter().chain(stages).map(|named| named.name.as_ref());
    if !names.clone().any(|known| known.eq_ignore_ascii_case(name)) {
        let error =
            Diagnostic::error(Code::UnknownStage, part.span, format!("there is no target or stage `{name}`"));
        reader.report(error.help_if(did_you_mean(name, names)));
    }
    Some((name.to_owned(), part.span))
}

impl<'s> Reader<'s> {
    fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            names: Names::default(),
            place: ValuePlace::Elsewhere,
            free_texts: Default::default(),
            found: Vec::new(),
            warnings: Vec::new(),
            data: Default::default(),
        }
    }
}
