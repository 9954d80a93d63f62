//! JSON Schema (2020-12) of the analysis file, made from the table of keys.

use super::keys::ANALYSIS;
use super::shape::Shape;
use serde_json::{Map, Value, json};

/// The schema document that `germane schema` prints.
pub fn json_schema() -> Value {
    let mut root = Map::new();
    root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".into(), "germane analysis file".into());
    root.insert("$comment".into(), "made by `germane schema`; do not edit".into());
    if let Value::Object(body) = schema_of(&ANALYSIS) {
        root.extend(body);
    }
    Value::Object(root)
}

fn schema_of(shape: &Shape) -> Value {
    match shape {
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Integer => json!({"type": "integer"}),
        Shape::Number => json!({"type": "number"}),
        Shape::Text => json!({"type": "string"}),
        Shape::Quantity => json!({"type": ["number", "string"]}),
        Shape::Expression => json!({"type": ["string", "number", "boolean"]}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::List(items) => json!({"type": "array", "items": schema_of(items)}),
        Shape::Names { value, .. } => json!({"type": "object", "additionalProperties": schema_of(value)}),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(|s| schema_of(s)).collect::<Vec<_>>()}),
        Shape::Any => json!({}),
        Shape::Keys(keys) => {
            let mut properties = Map::new();
            for key in *keys {
                let mut property = Map::new();
                property.insert("description".into(), key.doc.into());
                if let Value::Object(body) = schema_of(key.value) {
                    property.extend(body);
                }
                properties.insert(key.name.into(), Value::Object(property));
            }
            let required: Vec<_> = keys.iter().filter(|k| k.required).map(|k| k.name).collect();
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_a_property() {
        let schema = json_schema();
        for key in super::super::keys::top() {
            assert!(schema["properties"].get(key.name).is_some(), "{}", key.name);
        }
        assert_eq!(schema["properties"]["datasets"]["additionalProperties"]["required"], json!(["files"]));
    }
}
