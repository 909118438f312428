//! Shapes to definitions. Each shape has up to three: what it is, what may stand for it as a value (a choice or a match
//! too), and what may stand for it as an item of a list (a repetition too).

use std::collections::BTreeMap;

use super::declared::map;
use super::scalars::{self, Expressions};
use super::value::Json;
use crate::schema::keys::examples::Examples;
use crate::schema::keys::{CHOICE, MATCH, REPETITION};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{self, Key, KeyChoice, Keys, Shape, Table, TaggedUnion, UnionVariant};

/// The definitions so far, by their names.
pub(super) struct Definitions {
    /// Each with its schema; none while it is put together, for definitions refer to each other.
    made: BTreeMap<String, Option<Json>>,
    examples: Examples,
}

impl Definitions {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { made: BTreeMap::new(), examples: Examples::read() }
    }

    /// All definitions, in the order of their names.
    pub(super) fn into_json(self) -> Json {
        Json::Map(self.made.into_iter().filter_map(|(name, json)| Some((name, json?))).collect())
    }

    /// The shape itself.
    pub(super) fn itself(&mut self, shape: Shape) -> Json {
        self.refer(name(shape), |this| this.make(shape))
    }

    /// The shape, a choice or a match: what may stand where a value stands.
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

    /// What may stand as an item of a list of such shapes.
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

    /// One item or several: the branches of a choice in a list.
    fn items(&mut self, shape: Shape) -> Json {
        self.refer(format!("{}-items", name(shape)), |this| {
            let item = this.item(shape);
            any_of([item.clone(), list(item)])
        })
    }

    /// A map with keys of the language, each with what `shape_of` gives for its value.
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
        // A key that another one can stand in for is required by a rule of the table.
        let replaceable =
            |key: &&Key| matches!(table.choice, KeyChoice::Any(keys) if keys.contains(&key.name));
        let required: Vec<&str> =
            keys.filter(|key| key.required && !replaceable(key)).map(|key| key.name).collect();
        let is_optional = required.is_empty() && matches!(table.choice, KeyChoice::Free);
        let json =
            object(properties, required).with("patternProperties", Json::map([("^x-", Json::map([]))]));
        // Where no key is required, nothing at all may be written.
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
            Shape::Table(table) => self.table(table, |this, key| this.value(key.shape)),
            Shape::Union(union) => {
                let variants = union.variants.iter().map(|variant| self.variant(variant, union));
                Json::map([("anyOf", Json::List(variants.collect()))])
            }
            Shape::Either(first, second) => {
                let first = self.itself(*first);
                any_of([first, self.itself(*second)])
            }
            Shape::Anything => Json::map([]),
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

    /// What a key means, with examples.
    fn described(&self, json: Json, key: &Key, place: &str) -> Json {
        let json = json.with("description", Json::text(key.doc));
        let shown: Vec<Json> = self.examples.of(place, key.name).into_iter().map(super::of_yaml).collect();
        if shown.is_empty() { json } else { json.with("examples", Json::List(shown)) }
    }

    fn guard(&mut self, noun: &str) -> Json {
        let doc = format!("The condition; if it is false, the {} is omitted.", shapes::place(noun));
        self.itself(Shape::Scalar(Scalar::Expression)).with("description", Json::text(doc))
    }

    /// A reference to a definition, which is made when it is not there yet.
    pub(super) fn refer(&mut self, name: String, make: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.made.contains_key(&name) {
            self.made.insert(name.clone(), None);
            let json = make(self);
            self.made.insert(name.clone(), Some(json));
        }
        Json::map([("$ref", Json::text(format!("#/definitions/{name}")))])
    }
}

/// A map with these keys and no others.
fn object(properties: Vec<(String, Json)>, required: Vec<&str>) -> Json {
    let kind = Json::text("object");
    let json = Json::map([("type", kind), ("properties", Json::Map(properties))]);
    let json = if required.is_empty() { json } else { json.with("required", Json::texts(required)) };
    json.with("additionalProperties", Json::Bool(false))
}

/// Any of these.
pub(super) fn any_of<const N: usize>(all: [Json; N]) -> Json {
    Json::map([("anyOf", Json::List(all.into()))])
}

/// A list of such items.
pub(super) fn list(item: Json) -> Json {
    Json::map([("type", Json::text("array")), ("items", item)])
}

/// The name of a shape among the definitions.
fn name(shape: Shape) -> String {
    match shape {
        Shape::Scalar(kind) => scalars::name(kind),
        Shape::List(item) => format!("{}-list", name(*item)),
        Shape::Map(Keys::Environment, value) => format!("variables-of-{}", name(*value)),
        Shape::Map(Keys::Name, value) => format!("names-of-{}", name(*value)),
        Shape::Map(_, value) => format!("map-of-{}", name(*value)),
        Shape::Table(table) => shapes::place(table.noun).replace(' ', "-"),
        Shape::Union(union) => shapes::place(union.noun).replace(' ', "-"),
        Shape::Either(first, second) => format!("{}-or-{}", name(*first), name(*second)),
        Shape::Anything => "anything".to_owned(),
        Shape::Items(items) => items.noun.replace(' ', "-"),
        Shape::Names(names) => names.noun.replace(' ', "-"),
        Shape::Forms(forms) => shapes::place(forms.noun).replace(' ', "-"),
        Shape::Data => "data".to_owned(),
    }
}
