//! Reads an OpenAPI 3.1 document far enough to explain it to people.
//!
//! Whatever the document leaves out is left out on the page; nothing here fails.
//!
//! Not here: the document itself (`souk-storefront`), its layout (`developers`).

use serde_json::{Map, Value, json};

/// Examples are not nested deeper than this, so that a schema may refer to itself.
const EXAMPLE_DEPTH_MAX: usize = 8;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One method of one path.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    /// In capitals.
    pub(super) method: String,
    /// With `{parameters}`.
    pub(super) path: &'a str,
    /// The operation object.
    pub(super) node: &'a Value,
    /// Parameters of the path and of the operation.
    pub(super) parameters: Vec<&'a Value>,
}

impl Operation<'_> {
    /// Unique on the page.
    pub(super) fn id(&self) -> String {
        let path: String = self
            .path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        format!("{}{path}", self.method.to_ascii_lowercase())
    }
}

/// A text member, or nothing.
pub(super) fn text<'a>(node: &'a Value, member: &str) -> &'a str {
    node[member].as_str().unwrap_or_default()
}

/// The members of an object; none for everything else.
pub(super) fn members(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flatten()
}

/// All operations in the order of the document.
pub(super) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in members(&document["paths"]) {
        let shared = item["parameters"].as_array();
        for method in METHODS {
            let Some(node) = item.get(method) else {
                continue;
            };
            let own = node["parameters"].as_array();
            operations.push(Operation {
                method: method.to_ascii_uppercase(),
                path,
                node,
                parameters: shared
                    .into_iter()
                    .chain(own)
                    .flatten()
                    .map(|parameter| resolve(document, parameter))
                    .collect(),
            });
        }
    }
    operations
}

/// Follows `$ref` within the document.
pub(super) fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(node),
        None => node,
    }
}

/// The name of the schema that a node refers to.
pub(super) fn reference(node: &Value) -> Option<&str> {
    node["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// A type in words, with the name of the schema that it leads to.
pub(super) fn type_of(schema: &Value) -> (String, Option<&str>) {
    if let Some(name) = reference(schema) {
        return (name.to_owned(), Some(name));
    }
    for group in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[group].as_array() {
            let parts: Vec<_> = parts.iter().map(type_of).collect();
            let names: Vec<_> = parts.iter().map(|(name, _)| name.as_str()).collect();
            let link = parts.iter().find_map(|(_, link)| *link);
            return (names.join(" or "), link);
        }
    }
    if schema.get("items").is_some() {
        let (name, link) = type_of(&schema["items"]);
        return (format!("list of {name}"), link);
    }
    if schema["additionalProperties"].is_object() {
        let (name, link) = type_of(&schema["additionalProperties"]);
        return (format!("map of {name}"), link);
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    };
    match schema["enum"].as_array() {
        Some(values) => {
            let values: Vec<_> = values.iter().map(Value::to_string).collect();
            (values.join(" or "), None)
        }
        None => (name, None),
    }
}

/// The JSON schema and the example, if any, of a request body or a response.
pub(super) fn content(node: &Value) -> Option<(&str, &Value)> {
    members(&node["content"])
        .next()
        .map(|(kind, media)| (kind.as_str(), media))
}

/// An example of a media type object: its own, or one made from the schema.
pub(super) fn example(document: &Value, media: &Value) -> Value {
    let own = media.get("example").cloned();
    own.unwrap_or_else(|| example_of(document, &media["schema"], 0))
}

/// A value that fits the schema, with optional members left out.
pub(super) fn example_of(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    let given = [
        schema.get("example"),
        schema["examples"].get(0),
        schema.get("default"),
        schema.get("const"),
        schema["enum"].get(0),
    ];
    if let Some(value) = given.into_iter().flatten().next() {
        return value.clone();
    }
    if depth > EXAMPLE_DEPTH_MAX {
        return Value::Null;
    }
    for group in ["oneOf", "anyOf", "allOf"] {
        let mut parts = schema[group].as_array().into_iter().flatten();
        if let Some(part) = parts.rfind(|part| part["type"] != "null") {
            return example_of(document, part, depth + 1);
        }
    }
    if schema.get("properties").is_some() {
        let required: Vec<_> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let shown =
            members(&schema["properties"]).filter(|(name, _)| required.contains(&name.as_str()));
        let mut object = Map::new();
        for (name, part) in shown {
            object.insert(name.clone(), example_of(document, part, depth + 1));
        }
        return Value::Object(object);
    }
    if schema.get("items").is_some() {
        return json!([example_of(document, &schema["items"], depth + 1)]);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    };
    match kind {
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "object" => json!({}),
        _ => json!("…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_in_words() {
        let cases = [
            (json!({"type": "integer"}), "integer"),
            (json!({"type": ["string", "null"]}), "string or null"),
            (json!({"$ref": "#/components/schemas/Money"}), "Money"),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Line"}}),
                "list of Line",
            ),
            (json!({"enum": ["a", "b"]}), "\"a\" or \"b\""),
            (json!({}), "any"),
        ];
        for (schema, name) in cases {
            assert_eq!(type_of(&schema).0, name, "{schema}");
        }
    }

    #[test]
    fn examples_follow_references_and_end() {
        let document = json!({"components": {"schemas": {
            "Node": {
                "properties": {"next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}},
                "required": ["next", "n"],
            },
        }}});
        let schema = json!({"$ref": "#/components/schemas/Node"});
        let example = example_of(&document, &schema, 0);
        assert_eq!(example["next"]["n"], 1);
    }
}
