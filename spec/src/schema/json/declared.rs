//! Schemas of the shapes whose values are known when the file is read: the top level, axes, args, vars, support and fragments.
//!
//! These values have no expressions and no choices.

use super::scalars::{self, Expressions};
use super::shapes::{Definitions, any_of, list};
use super::value::Json;
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{self, Forms, Items, Key, KeyChoice, Keys, LongWhen, Names, Shape, Table};

impl Definitions {
    /// The schema of a shape that is read before a variant is selected. A shape whose values depend on the variant gets the schema
    /// of [`Definitions::value`].
    pub(super) fn declared(&mut self, shape: Shape) -> Json {
        if shape.is_per_variant() {
            return self.value(shape);
        }
        match shape {
            Shape::Scalar(Scalar::Expression) => self.itself(shape),
            Shape::Scalar(kind) => scalars::schema(kind, Expressions::Refused),
            Shape::List(item) => {
                let item = self.declared(*item);
                any_of([list(item.clone()), item, nothing()])
            }
            Shape::Items(items) => self.items_of(items),
            Shape::Map(keys, value) => {
                let value = self.declared(*value);
                map(keys, value, Json::texts(["object", "null"]))
            }
            Shape::Names(names) => self.names(names),
            Shape::Table(table) => self.refer(name(table.noun), |this| this.declared_table(table)),
            Shape::Either(first, second) => {
                let first = self.declared(*first);
                any_of([first, self.declared(*second)])
            }
            Shape::Forms(forms) => self.refer(name(forms.noun), |this| this.forms(forms)),
            Shape::Data => self.refer("data".to_owned(), Self::data),
            Shape::Computed(inner) => self.value(*inner),
            Shape::Union(_) | Shape::Anything => self.value(shape),
        }
    }

    /// The schema of a table itself. [`Definitions::declared`] makes a reference to it instead.
    pub(super) fn declared_table(&mut self, table: &'static Table) -> Json {
        let json = self.table(table, |this, key: &Key| this.declared(key.shape));
        let has = |key: &str| Json::map([("required", Json::texts([key]))]);
        let all = |keys: &[&str]| Json::List(keys.iter().map(|key| has(key)).collect());
        match table.choice {
            KeyChoice::Free => json,
            KeyChoice::Any(keys) => json.with("anyOf", all(keys)),
            KeyChoice::One { keys, .. } => json.with("oneOf", all(&keys)),
        }
    }

    fn items_of(&mut self, items: &'static Items) -> Json {
        let item = self.declared(items.item);
        match items.filled {
            true => list(item).with("minItems", Json::Number(1)),
            false => any_of([list(item), nothing()]),
        }
    }

    fn names(&mut self, names: &'static Names) -> Json {
        self.refer(name(names.noun), |this| {
            let value = this.declared(names.value);
            match names.filled {
                true => map(names.keys, value, Json::text("object")).with("minProperties", Json::Number(1)),
                false => map(names.keys, value, Json::texts(["object", "null"])),
            }
        })
    }

    fn forms(&mut self, forms: &'static Forms) -> Json {
        let long = self.declared_table(forms.long);
        let short = match (&forms.when, forms.short) {
            // All maps are in the long form, so the short form is no choice.
            (LongWhen::Map, Shape::Computed(inner)) => self.itself(*inner),
            (_, short) => self.declared(short),
        };
        let signs: &[&str] = match &forms.when {
            LongWhen::Map => return any_of([long, short]),
            LongWhen::Has(keys) => keys,
            // A map with a key of the long form and a string as its value does not fit the short form anyway.
            LongWhen::HasOrText(key) => std::slice::from_ref(key),
            // Nor does a map in which this key has a string.
            LongWhen::Text(_) => return any_of([long, short]),
        };
        let without = signs.iter().map(|key| {
            let has = [("type", Json::text("object")), ("required", Json::texts([*key]))];
            Json::map([("not", Json::map(has))])
        });
        let short = Json::List(std::iter::once(short).chain(without).collect());
        any_of([long, Json::map([("allOf", short)])])
    }

    /// The schema of plain data: a string, or a list or map of plain data.
    fn data(&mut self) -> Json {
        let data = self.declared(Shape::Data);
        let text = scalars::schema(Scalar::Text, Expressions::Refused);
        any_of([text, list(data.clone()), map(Keys::Data, data, Json::text("object")), nothing()])
    }
}

/// The schema of a map whose keys the user chooses. `kind` is its JSON type.
pub(super) fn map(keys: Keys, value: Json, kind: Json) -> Json {
    let json = Json::map([("type", kind), ("propertyNames", scalars::names(keys))]);
    let json = match keys {
        Keys::Data | Keys::AxisValue => json.with("patternProperties", Json::map([("^x-", Json::map([]))])),
        Keys::Environment | Keys::Free | Keys::Written(_) => json,
        Keys::Name | Keys::Identifier | Keys::Words(_) => json,
    };
    json.with("additionalProperties", value)
}

fn nothing() -> Json {
    Json::map([("type", Json::text("null"))])
}

/// The name of a definition, made from a noun: `support-rule` for `a support rule`.
fn name(noun: &str) -> String {
    shapes::place(noun).replace(' ', "-")
}
