//! One variant in terms of the user: target, axis values, platforms and tags.

use super::fields;
use super::query::MatrixRequest;
use super::root::{Combination, Root, RootKind};
use crate::base::diagnostic::Diagnostic;
use crate::expr::builtins::facts;
use crate::family::Axis;
use crate::plan::Needs;
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::variant::concrete::ConcreteValue;
use crate::variant::delivery::Delivery;
use crate::variant::expand::expand;
use crate::variant::test_on::TestOn;

/// A variant of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name of the target or stage.
    pub target: String,
    /// The values of the axes that the target reads, in the order of the file.
    pub axes: Vec<(String, String)>,
    /// The build arguments of the variant: the axes that the target reads, other axes for which `support` does not allow the
    /// default, and what the query gives besides axes.
    pub args: Vec<(String, String)>,
    /// The platforms. Empty if the target names none.
    pub platforms: Vec<String>,
    /// The tags, without those that contain facts. Empty if the variant is not published.
    pub tags: Vec<String>,
    /// The tags that contain facts of the image, which are known only after the build: `acme/app:{facts.python}`.
    pub tags_with_facts: Vec<String>,
    /// Whether the variant is published.
    pub publish: bool,
    /// Where the result goes, and which caches the build uses.
    pub delivery: Delivery,
    /// What the client has to give to the build and to allow it, on any of the platforms.
    pub needs: Needs,
    /// The tests of the pushed image, platform by platform.
    pub tests: Vec<TestOn>,
    /// A digest of everything that the variant is built from, if the caller computed it. Lists for other programs hand it on as the label
    /// `varve.key`.
    pub key: Option<String>,
}

/// The declaration of a target, expanded for one variant.
pub(crate) struct Details {
    /// The expanded declaration. `None` for a stage, and if there is a mistake.
    pub(crate) data: Option<ConcreteValue>,
    /// Where the result goes, and which caches the build uses.
    pub(crate) delivery: Delivery,
    /// The tests of the image for the first platform.
    tests: Vec<TestOn>,
    pub(crate) found: Vec<Diagnostic>,
}

impl Details {
    pub(crate) fn of<'f>(request: MatrixRequest<'f>, root: &Root<'f>, combination: &Combination) -> Self {
        let platform = combination.platforms.first().map(|number| &root.platforms[*number]);
        let platform = platform.unwrap_or(&request.query.build_platform);
        let mut found = Vec::new();
        let data = (root.kind == RootKind::Target).then(|| {
            let scope = request.scope(&combination.values, platform, &root.named.name);
            expand(&root.named.template, Shape::Table(&keys::TARGET), &scope, &mut found)
        });
        let data = data.flatten();
        let delivery = data.as_ref().map(|data| Delivery::read(data, &mut found)).unwrap_or_default();
        let tests = data.as_ref().map(|data| TestOn::read(data, &platform.to_string(), &mut found));
        Self { tests: tests.unwrap_or_default(), data, delivery, found }
    }

    /// The tags with their places.
    pub(crate) fn tags(&self) -> &[ConcreteValue] {
        self.items("tags")
    }

    /// The tags that a published variant has to have, with their places.
    pub(crate) fn expected_tags(&self) -> &[ConcreteValue] {
        self.items("expect-tags")
    }

    fn items(&self, key: &str) -> &[ConcreteValue] {
        self.data.as_ref().and_then(|data| data.get(key)).map(ConcreteValue::items).unwrap_or_default()
    }

    /// Whether both have the same tags, output and caches, and are both published or both not.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let tags =
            |of: &Self| of.tags().iter().map(|tag| tag.as_text().map(str::to_owned)).collect::<Vec<_>>();
        self.publish() == other.publish()
            && self.found == other.found
            && self.delivery == other.delivery
            && tags(self) == tags(other)
    }

    /// Whether the variant is published.
    pub(crate) fn publish(&self) -> bool {
        self.data.as_ref().and_then(|data| data.bool("publish")).unwrap_or(true)
    }
}

impl Member {
    pub(super) fn of(
        request: MatrixRequest<'_>,
        root: &Root<'_>,
        combination: &Combination,
        details: &Details,
        needs: Needs,
    ) -> Self {
        let axes = root.axes(request, combination);
        let moved = |(index, axis): &(usize, &Axis)| {
            root.reads.axes.contains(index) || combination.values[*index] != axis.default
        };
        let args = request.family.axes.iter().enumerate().filter(moved);
        let args = args.map(|(index, axis)| named(axis, combination.values[index]));
        let query = request.query;
        let given = request.family.args.iter().filter_map(|arg| query.args.get_key_value(&arg.name));
        let given = given.chain(&query.passed).map(|(name, value)| (name.clone(), value.clone()));
        let platforms = combination.platforms.iter().filter(|_| root.platforms_stated);
        let tags = details.tags().iter().filter(|_| details.publish()).filter_map(ConcreteValue::as_text);
        let (tags_with_facts, tags) = tags.map(str::to_owned).partition(|tag| facts::is_open(tag));
        Self {
            target: root.name.to_string(),
            axes,
            args: args.chain(given).collect(),
            platforms: platforms.map(|number| root.platforms[*number].to_string()).collect(),
            tags,
            tags_with_facts,
            publish: details.publish(),
            delivery: details.delivery.clone(),
            needs,
            tests: tests(request, root, combination),
            key: None,
        }
    }
}

impl Root<'_> {
    /// The values of the axes that the root reads, in the order of the file.
    pub(crate) fn axes(
        &self,
        request: MatrixRequest<'_>,
        combination: &Combination,
    ) -> Vec<(String, String)> {
        let axes = request.family.axes.iter().enumerate();
        let read = axes.filter(|(index, _)| self.reads.axes.contains(index));
        read.map(|(index, axis)| named(axis, combination.values[index])).collect()
    }
}

/// An axis with one of its values.
fn named(axis: &Axis, value: usize) -> (String, String) {
    (axis.name.clone(), axis.values[value].name.clone())
}

/// The tests of a variant on all its platforms. Their mistakes are those of the declaration, which is expanded for the tags too.
fn tests<'f>(request: MatrixRequest<'f>, root: &Root<'f>, combination: &Combination) -> Vec<TestOn> {
    if fields(&root.named.template).iter().all(|field| field.key != "test-on") {
        return Vec::new();
    }
    let on = |platform: &usize| {
        let one = Combination { platforms: [*platform].into(), ..combination.clone() };
        Details::of(request, root, &one).tests
    };
    combination.platforms.iter().flat_map(on).collect()
}
