//! Schemas of shapes whose values depend on the variant. Each shape has up to three definitions: of the plain value, of a value
//! (the plain value, a choice or a match), and of an item in a list (these, or a repetition).

use std::collections::BTreeMap;

use super::declared::map;
use super::scalars::{self, Expressions};
use super::value::Json;
use crate::schema::keys::examples::Examples;
use crate::schema::keys::{CHOICE, MATCH, REPETITION};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{self, Key, KeyChoice, Keys, Shape, Table, TaggedUnion, UnionVariant};

/// The definitions made so far, by name.
pub(super) struct Definitions {
    /// The schema of each definition. `None` while the schema is being made, since definitions can refer to themselves.
    made: BTreeMap<String, Option<Json>>,
    examples: Examples,
}

impl Definitions {
    /// Starts without definitions.
    pub(super) fn new() -> Self {
        Self { made: BTreeMap::new(), examples: Examples::read() }
    }

    /// All definitions, sorted by name.
    pub(super) fn into_json(self) -> Json {
        Json::Map(self.made.into_iter().filter_map(|(name, json)| Some((name, json?))).collect())
    }

    /// A reference to the plain value of a shape, without a choice or a match.
    pub(super) fn itself(&mut self, shape: Shape) -> Json {
        self.refer(name(shape), |this| this.make(shape))
    }

    /// A reference to a value of a shape: the plain value, a choice or a match.
    pub(super) fn value(&mut self, shape: Shape) -> Json {
        if matches!(shape, Shape::Anything) {
            return self.itself(shape);
        }
        self.refer(format!("{}-value", name(shape)), |this| {
            let itself = this.itself(shape);
            let value = this.value(shape);
            any_of([itself, this.choice(value.clone()), this.matched(value)])
        })
    }

    /// A reference to an item in a list of such values: the plain value, a choice, a match or a repetition.
    fn item(&mut self, shape: Shape) -> Json {
        if matches!(shape, Shape::Anything) {
            return self.itself(shape);
        }
        self.refer(format!("{}-item", name(shape)), |this| {
            let itself = this.itself(shape);
            let items = this.items(shape);
            let choice = this.choice(items.clone());
            let matched = this.matched(items.clone());
            any_of([itself, choice, matched, this.repetition(items)])
        })
    }

    /// A reference to one item or a list of items. Both are allowed in a branch of a choice inside a list.
    fn items(&mut self, shape: Shape) -> Json {
        self.refer(format!("{}-items", name(shape)), |this| {
            let item = this.item(shape);
            any_of([item.clone(), list(item)])
        })
    }

    /// The schema of a table. `shape_of` makes the schema of the value of each key.
    pub(super) fn table(&mut self, table: &Table, mut shape_of: impl FnMut(&mut Self, &Key) -> Json) -> Json {
        let keys = table.keys.iter();
        let mut properties: Vec<(String, Json)> = keys
            .clone()
            .map(|key| {
                let json = shape_of(self, key);
                (key.name.to_owned(), self.described(json, key, &shapes::place(table.noun)))
            })
            .collect();
        if table.guarded {
            properties.push(("if".to_owned(), self.guard(table.noun)));
        }
        // If one of several keys is enough, none of them is required on its own. The caller adds that rule.
        let replaceable =
            |key: &&Key| matches!(table.choice, KeyChoice::Any(keys) if keys.contains(&key.name));
        let required: Vec<&str> =
            keys.filter(|key| key.required && !replaceable(key)).map(|key| key.name).collect();
        let is_optional = required.is_empty() && matches!(table.choice, KeyChoice::Free);
        let json =
            object(properties, required).with("patternProperties", Json::map([("^x-", Json::map([]))]));
        // A table without required keys may be empty: `image:` is an empty table.
        if is_optional { json.replaced("type", Json::texts(["object", "null"])) } else { json }
    }

    fn make(&mut self, shape: Shape) -> Json {
        match shape {
            Shape::Scalar(kind) => scalars::schema(kind, Expressions::Allowed),
            Shape::List(item) => {
                let single = self.itself(*item);
                let nothing = Json::map([("type", Json::text("null"))]);
                any_of([list(self.item(*item)), single, nothing])
            }
            Shape::Map(keys, value) => {
                let value = self.value(*value);
                map(keys, value, Json::texts(["object", "null"]))
            }
            Shape::Table(table) => self.table(table, |this, key| match key.shape {
                // What a stage declares is the same in all variants.
                Shape::Names(_) => this.declared(key.shape),
                shape => this.value(shape),
            }),
            Shape::Union(union) => {
                let variants = union.variants.iter().map(|variant| self.variant(variant, union));
                Json::map([("anyOf", Json::List(variants.collect()))])
            }
            Shape::Either(first, second) => {
                let first = self.itself(*first);
                any_of([first, self.itself(*second)])
            }
            Shape::Anything => Json::map([]),
            Shape::Computed(inner) => self.make(*inner),
            Shape::Items(_) | Shape::Names(_) | Shape::Forms(_) | Shape::Data => self.declared(shape),
        }
    }

    fn variant(&mut self, variant: &'static UnionVariant, union: &TaggedUnion) -> Json {
        let place = variant.place();
        self.refer(place.replace(' ', "-"), |this| {
            let keys = std::iter::once(&variant.key).chain(variant.all_beside());
            let mut properties: Vec<(String, Json)> = keys
                .clone()
                .map(|key| {
                    let json = this.value(key.shape);
                    (key.name.to_owned(), this.described(json, key, &place))
                })
                .collect();
            properties.push(("if".to_owned(), this.guard(union.noun)));
            let beside = keys.filter(|key| key.required && key.name != variant.key.name).map(|key| key.name);
            object(properties, std::iter::once(variant.key.name).chain(beside).collect())
                .with("patternProperties", Json::map([("^x-", Json::map([]))]))
        })
    }

    fn choice(&mut self, branch: Json) -> Json {
        let condition = self.itself(Shape::Scalar(Scalar::Expression));
        self.control(
            CHOICE,
            &["if", "then"],
            |key| if key == "if" { condition.clone() } else { branch.clone() },
        )
    }

    fn matched(&mut self, branch: Json) -> Json {
        let expression = self.itself(Shape::Scalar(Scalar::Expression));
        let cases = Json::map([("type", Json::text("object")), ("minProperties", Json::Number(1))])
            .with("additionalProperties", branch);
        let value = |key: &str| if key == "match" { expression.clone() } else { cases.clone() };
        self.control(MATCH, &["match", "cases"], value)
    }

    fn repetition(&mut self, body: Json) -> Json {
        let values = self.value(Shape::List(&Shape::Anything));
        let variables = Json::map([("type", Json::text("object")), ("minProperties", Json::Number(1))])
            .with("propertyNames", scalars::names(Keys::Identifier))
            .with("additionalProperties", values);
        let value = |key: &str| if key == "for" { variables.clone() } else { body.clone() };
        self.control(REPETITION, &["for", "do"], value)
    }

    fn control(&mut self, keys: &[Key], required: &[&'static str], value: impl Fn(&str) -> Json) -> Json {
        let properties = keys
            .iter()
            .map(|key| (key.name.to_owned(), value(key.name).with("description", Json::text(key.doc))));
        object(properties.collect(), required.to_vec())
    }

    /// Adds the description of a key and its examples to a schema.
    fn described(&self, json: Json, key: &Key, place: &str) -> Json {
        let json = json.with("description", Json::text(key.doc));
        let shown: Vec<Json> = self.examples.of(place, key.name).into_iter().map(super::of_yaml).collect();
        if shown.is_empty() { json } else { json.with("examples", Json::List(shown)) }
    }

    fn guard(&mut self, noun: &str) -> Json {
        let doc = format!("The condition; if it is false, the {} is omitted.", shapes::place(noun));
        self.itself(Shape::Scalar(Scalar::Expression)).with("description", Json::text(doc))
    }

    /// A reference to a definition. The definition is made if it does not exist yet.
    pub(super) fn refer(&mut self, name: String, make: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.made.contains_key(&name) {
            self.made.insert(name.clone(), None);
            let json = make(self);
            self.made.insert(name.clone(), Some(json));
        }
        Json::map([("$ref", Json::text(format!("#/definitions/{name}")))])
    }
}

/// The schema of a map that allows only these keys.
fn object(properties: Vec<(String, Json)>, required: Vec<&str>) -> Json {
    let kind = Json::text("object");
    let json = Json::map([("type", kind), ("properties", Json::Map(properties))]);
    let json = if required.is_empty() { json } else { json.with("required", Json::texts(required)) };
    json.with("additionalProperties", Json::Bool(false))
}

/// A schema that accepts what any of the schemas accepts.
pub(super) fn any_of<const N: usize>(all: [Json; N]) -> Json {
    Json::map([("anyOf", Json::List(all.into()))])
}

/// The schema of a list.
pub(super) fn list(item: Json) -> Json {
    Json::map([("type", Json::text("array")), ("items", item)])
}

/// The name of the definition for a shape.
fn name(shape: Shape) -> String {
    match shape {
        Shape::Scalar(kind) => scalars::name(kind),
        Shape::List(item) => format!("{}-list", name(*item)),
        Shape::Map(Keys::Environment, value) => format!("variables-of-{}", name(*value)),
        Shape::Map(Keys::Name, value) => format!("names-of-{}", name(*value)),
        Shape::Map(Keys::Written(kind), value) => {
            format!("map-of-{}-to-{}", scalars::name(Scalar::Written(kind)), name(*value))
        }
        Shape::Map(_, value) => format!("map-of-{}", name(*value)),
        Shape::Table(table) => shapes::place(table.noun).replace(' ', "-"),
        Shape::Union(union) => shapes::place(union.noun).replace(' ', "-"),
        Shape::Either(first, second) => format!("{}-or-{}", name(*first), name(*second)),
        Shape::Anything => "anything".to_owned(),
        Shape::Items(items) => items.noun.replace(' ', "-"),
        Shape::Names(names) => names.noun.replace(' ', "-"),
        Shape::Forms(forms) => shapes::place(forms.noun).replace(' ', "-"),
        Shape::Data => "data".to_owned(),
        Shape::Computed(inner) => name(*inner),
    }
}
