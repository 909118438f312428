//! The variants of one target or stage.

use std::collections::BTreeSet;
use std::sync::Arc;

use buildkit_names::Platform;

use super::candidates;
use super::fields;
use super::query::MatrixRequest;
use super::reach::{ItemReads, Reaches};
use super::uses::UseGraph;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::NamedTemplate;
use crate::family::template::Template;
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::variant::concrete::ConcreteValue;
use crate::variant::expand::expand;
use crate::variant::names::AxisUse;
use crate::variant::scope::{Bindings, InStage};

/// A target or stage with its variants.
pub(crate) struct Root<'f> {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    pub(crate) kind: RootKind,
    pub(crate) named: &'f NamedTemplate,
    /// The axes that it reads, by index, and whether it reads the platform.
    pub(crate) reads: AxisUse,
    /// What its own image tests read.
    pub(crate) checks: AxisUse,
    /// What decides which stages it reaches.
    pub(crate) way: AxisUse,
    /// The stages that it can reach, by index.
    pub(crate) stages: BTreeSet<usize>,
    /// The parts of these stages, with what they read.
    pub(crate) items: Vec<Arc<ItemReads>>,
    /// The variants, in the order of the file.
    pub(crate) combinations: Vec<Combination>,
    /// The platforms of all variants.
    pub(crate) platforms: Vec<Platform>,
    /// Whether the build file or the query names the platforms. If not, the variants are for the build platform.
    pub(crate) platforms_stated: bool,
    /// The number of all combinations, if only a sample of them was checked.
    pub(crate) sample_of: Option<u128>,
    /// The number of combinations that were checked.
    pub(crate) looked_at: usize,
    /// Whether the search for a variant beside the sample ended before it found one or tried all.
    pub(crate) search_ended_early: bool,
}

/// The kind of a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootKind {
    /// A target.
    Target,
    /// A stage of a family without targets, or the stage that the query names.
    Stage,
    /// A stage that no target reaches.
    Unreached,
}

/// A variant: a supported combination, and the indices of its platforms in [`Root::platforms`].
#[derive(Debug, Clone)]
pub(crate) struct Combination {
    /// The index of a value for each axis of the family. An axis that is not read has its default. If `support` does not allow
    /// that, it has its first supported value.
    pub(crate) values: Box<[usize]>,
    pub(crate) platforms: Box<[usize]>,
    pub(crate) stage: Arc<str>,
}

/// The declaration of a target for some combinations: whether the target exists, its stage and its platforms.
pub(super) struct Head {
    pub(super) exists: bool,
    pub(super) stage: Arc<str>,
    pub(super) platforms: Vec<usize>,
}

impl<'f> Root<'f> {
    pub(super) fn new(
        request: MatrixRequest<'f>,
        uses: &UseGraph<'f>,
        reaches: &mut Reaches<'_, 'f>,
        (position, kind): (usize, RootKind),
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let family = request.family;
        let all = if kind == RootKind::Target { &family.targets } else { &family.stages };
        let named = &all[position];
        let stated = match kind {
            RootKind::Target => stated_platforms(&named.template),
            RootKind::Stage | RootKind::Unreached => Some(Vec::new()),
        };
        let platforms = stated.map(|stated| platforms(&stated, &request.query.platforms)).unwrap_or_default();
        let reach = match kind {
            RootKind::Target => reaches.target(position, &platforms),
            RootKind::Stage | RootKind::Unreached => reaches.stage(position, &platforms),
        };
        let mut root = Self {
            name: named.name.clone(),
            span: named.span,
            kind,
            named,
            reads: reach.reads,
            checks: reach.checks,
            way: reach.way,
            stages: reach.stages,
            items: reach.items,
            combinations: Vec::new(),
            platforms: Vec::new(),
            platforms_stated: !request.query.platforms.is_empty(),
            sample_of: None,
            looked_at: 0,
            search_ended_early: false,
        };
        root.combine(request, uses, &reach.head, &platforms, found);
        root
    }

    /// Whether it is known that no combination is supported. A sample without a variant does not mean that there is none.
    pub(crate) fn has_no_variant(&self) -> bool {
        self.combinations.is_empty() && self.sample_of.is_none()
    }

    /// The declaration for the values of the axes that it reads.
    pub(super) fn head(
        &mut self,
        request: MatrixRequest<'f>,
        values: &[usize],
        reads: &AxisUse,
        found: &mut Vec<Diagnostic>,
    ) -> Head {
        let stage = self.named.name.clone();
        let mut head = Head { exists: true, stage, platforms: Vec::new() };
        let mut texts = Vec::new();
        let mut wrong = Vec::new();
        // The declaration can exist for some platforms only.
        let others = if reads.platform { candidates::platforms(request, true) } else { Vec::new() };
        let mut tried = [request.query.build_platform.clone()].into_iter().chain(others);
        let data = tried.find_map(|platform| self.declared(request, values, &platform, &mut wrong));
        head.exists = data.is_some() || !wrong.is_empty();
        if let (Some(data), RootKind::Target) = (&data, self.kind) {
            let stage = data.get("stage").and_then(ConcreteValue::reference);
            head.stage = stage.map_or(head.stage, |(name, _)| Arc::from(name));
            texts = data.get("platforms").map(|list| list.items().to_vec()).unwrap_or_default();
        }
        found.extend(wrong.into_iter().filter(|wrong| !found.contains(wrong)).collect::<Vec<_>>());
        self.platforms_stated |= !texts.is_empty();
        let stated: Vec<Platform> = texts.iter().filter_map(|text| platform(text, found)).collect();
        let asked_for = &request.query.platforms;
        let build = [request.query.build_platform.clone()];
        let mut platforms = match texts.is_empty() {
            true if asked_for.is_empty() => build.to_vec(),
            true => asked_for.clone(),
            false => platforms(&stated, asked_for),
        };
        if reads.platform {
            platforms.retain(|platform| {
                let mut wrong = Vec::new();
                self.declared(request, values, platform, &mut wrong).is_some() || !wrong.is_empty()
            });
        }
        for platform in platforms {
            let number = self.platforms.iter().position(|known| *known == platform).unwrap_or_else(|| {
                self.platforms.push(platform);
                self.platforms.len() - 1
            });
            if !head.platforms.contains(&number) {
                head.platforms.push(number);
            }
        }
        head
    }

    /// Expands what decides about the variants: the guard, and the stage and platforms of a target. Tags and the like are not expanded
    /// here; their mistakes are reported later. `None` if the guard is false.
    fn declared(
        &self,
        request: MatrixRequest<'f>,
        values: &[usize],
        platform: &Platform,
        wrong: &mut Vec<Diagnostic>,
    ) -> Option<ConcreteValue> {
        let (keys, table): (&[&str], _) = match self.kind {
            RootKind::Target => (&["stage", "platforms"], &keys::TARGET),
            RootKind::Stage | RootKind::Unreached => (&[], &keys::STAGE),
        };
        let scope = request.scope(values, platform, &self.named.name);
        let names = InStage::plain(&self.named.name, &None, &scope);
        let names: &dyn Bindings = if self.kind == RootKind::Target { &scope } else { &names };
        expand(&self.named.template.project(keys), Shape::Table(table), names, wrong)
    }
}

/// The platforms of a target that names `stated`, of which only those of the query count. A target that names none has those of the
/// query.
fn platforms(stated: &[Platform], asked_for: &[Platform]) -> Vec<Platform> {
    match (stated, asked_for) {
        ([], asked_for) => asked_for.to_vec(),
        (stated, []) => stated.to_vec(),
        _ => stated.iter().filter(|platform| asked_for.contains(platform)).cloned().collect(),
    }
}

/// All platforms that a target can name. Empty if it names none, `None` if they are computed.
fn stated_platforms(target: &Template) -> Option<Vec<Platform>> {
    let fields = fields(target).iter().filter(|field| field.key.as_ref() == "platforms");
    let (mut all, mut are_literal) = (Vec::new(), true);
    for field in fields {
        field.value.leaves(&mut |text| match text.literal() {
            Some(text) => all.extend(Platform::parse_whole(text).ok()),
            None => are_literal = false,
        });
    }
    are_literal.then_some(all)
}

/// Parses `linux/amd64`, `linux/arm/v7`, or a synonym. Reports any other text.
fn platform(text: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Platform> {
    let written = text.as_text()?;
    let platform = Platform::parse_whole(written).ok();
    if platform.is_none() {
        let error = Diagnostic::error(Code::BadValue, text.span, format!("`{written}` is not a platform"))
            .help("write it as os/architecture: `linux/amd64`, `linux/arm64`");
        if !found.contains(&error) {
            found.push(error);
        }
    }
    platform
}
