//! The JSON Schema of each file, made of the same tables that the reader checks against.

use serde_json::{Map, Value, json};

use crate::format::Format;
use crate::plan::PLAN_KEYS;
use crate::sales::SALE_FILE_KEYS;
use crate::search::SEARCH_KEYS;
use crate::settings::SHOP_KEYS;
use crate::shape::{Key, Shape};
use crate::slo::{SLO_FILE, SLO_KEYS};
use crate::terms::{
    DELIVERY_FILE_KEYS, MARKET_FILE_KEYS, OPTION_FILE_KEYS, PRICE_COLUMNS, PROMOTION_FILE_KEYS,
    TAX_FILE_KEYS,
};
use crate::theme::THEME_KEYS;

/// Files that have a schema, and which.
pub const SCHEMAS: [&str; 14] = [
    "shop",
    "theme",
    "search",
    "words",
    "front-matter",
    "markets",
    "prices",
    "delivery",
    "tax",
    "promotions",
    "options",
    "sale",
    "plan",
    "slo",
];

/// The JSON Schema (2020-12) of a file; `None` for a name that is none of [`SCHEMAS`].
///
/// `words` are the keys of the pages' texts, where they are known.
pub fn schema(name: &str, words: &[crate::WordKey]) -> Option<Value> {
    let mut schema = match name {
        "shop" => table(SHOP_KEYS),
        "theme" => table(THEME_KEYS),
        "search" => table(SEARCH_KEYS),
        "words" => words_schema(words),
        "front-matter" => table(crate::front_matter::FRONT_MATTER_KEYS),
        "markets" => table(MARKET_FILE_KEYS),
        "prices" => table(PRICE_COLUMNS),
        "delivery" => table(DELIVERY_FILE_KEYS),
        "tax" => table(TAX_FILE_KEYS),
        "promotions" => table(PROMOTION_FILE_KEYS),
        "options" => table(OPTION_FILE_KEYS),
        "sale" => table(SALE_FILE_KEYS),
        "plan" => table(PLAN_KEYS),
        "slo" => table(SLO_KEYS),
        _ => return None,
    };
    let title = match name {
        "shop" => "shop.toml",
        "theme" => "theme.toml",
        "search" => "search.toml",
        "words" => "words/LANGUAGE.toml",
        "markets" => "markets.toml",
        "prices" => "A row of prices.csv",
        "delivery" => "delivery.toml",
        "tax" => "tax.toml",
        "promotions" => "promotions.toml",
        "options" => "options.toml",
        "sale" => "sales/ID/sale.toml",
        "plan" => "plan.toml",
        "slo" => SLO_FILE,
        _ => "The front matter of content/KIND/SLUG.md",
    };
    let fields = schema.as_object_mut()?;
    fields.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    fields.insert("title".into(), title.into());
    Some(schema)
}

fn table(keys: &[Key]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = of(&key.shape);
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("description".into(), key.says.into());
        }
        properties.insert(key.name.into(), schema);
    }
    let required: Vec<_> = keys.iter().filter(|key| key.required).collect();
    let required: Vec<_> = required.iter().map(|key| key.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Text { chars_max } => {
            let text = json!({ "type": "string", "maxLength": chars_max });
            json!({ "anyOf": [
                text,
                { "type": "object", "additionalProperties": text, "minProperties": 1 },
            ] })
        }
        Shape::Line(format) => line(*format),
        Shape::Integer(min, max) => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        Shape::Number(min, max) => json!({ "type": "number", "minimum": min, "maximum": max }),
        // TOML has dates as values of their own; tools that check TOML by a schema see texts.
        Shape::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" }),
        Shape::Instant => json!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        }),
        Shape::Duration(..) => json!({ "type": "string", "pattern": "^[0-9]{1,6}[smh]$" }),
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::Choice(names) | Shape::SoFar { names, .. } => json!({ "enum": names }),
        Shape::List { of: item, min, max } => {
            json!({ "type": "array", "items": of(item), "minItems": min, "maxItems": max })
        }
        Shape::Table(keys) => table(keys),
        Shape::Kinds(kinds) => {
            let kinds = kinds.iter().map(|(name, says, keys)| {
                let mut schema = table(keys);
                schema["properties"]["kind"] = json!({ "const": name });
                if let Some(required) = schema["required"].as_array_mut() {
                    required.push("kind".into());
                }
                schema["description"] = (*says).into();
                schema
            });
            json!({ "oneOf": kinds.collect::<Vec<_>>() })
        }
        Shape::Texts => texts(),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": of(value) }),
        Shape::Either(one, other) | Shape::OrList(one, other) => {
            json!({ "anyOf": [of(one), of(other)] })
        }
    }
}

fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": { "anyOf": [
        { "type": "string" },
        { "type": "object", "additionalProperties": { "type": "string" } },
    ] } })
}

fn line(format: Format) -> Value {
    let mut schema = json!({ "type": "string", "minLength": 1 });
    if let Some(pattern) = format.pattern() {
        schema["pattern"] = pattern.into();
    }
    match format {
        Format::Line { chars_max } => schema["maxLength"] = chars_max.into(),
        Format::Amount => {
            return json!({ "anyOf": [schema, { "type": "number", "minimum": 0 }] });
        }
        _ => {}
    }
    schema
}

/// Every key of the pages' texts by its name, and plural forms as tables below theirs.
fn words_schema(words: &[crate::WordKey]) -> Value {
    if words.is_empty() {
        return texts();
    }
    let text = |words: &crate::WordKey| match words.is_plural {
        true => json!({
            "type": "object",
            "description": words.says(),
            "properties": crate::words::PLURAL_FORMS.map(|form| (form, json!({ "type": "string" })))
                .into_iter().map(|(form, schema)| (form.to_owned(), schema)).collect::<Map<_, _>>(),
            "required": ["other"],
            "additionalProperties": false,
        }),
        false => json!({ "type": "string", "description": words.says() }),
    };
    let properties: Map<_, _> = words
        .iter()
        .map(|one| (one.key.clone(), text(one)))
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
