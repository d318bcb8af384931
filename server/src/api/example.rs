//! An example of what a schema of the description describes, made from the schema, so that it cannot say otherwise.

use serde_json::{Map, Value, json};

/// Schemas inside schemas that are followed; a schema that holds itself ends there.
const DEEPEST: usize = 16;

/// Puts an example beside every JSON schema that a request or a success has.
pub fn add_all(document: &mut Value) {
    let whole = document.clone();
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        add(&whole, operation.pointer_mut("/requestBody/content"));
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
            add(&whole, response.get_mut("content"));
        }
    }
}

fn add(whole: &Value, content: Option<&mut Value>) {
    let Some(json) = content.and_then(|content| content.get_mut("application/json")) else { return };
    if let Some(schema) = json.get("schema").filter(|_| json.get("example").is_none()) {
        json["example"] = of(whole, schema, 0);
    }
}

fn of(whole: &Value, schema: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return if kind(schema) == "array" { json!([]) } else { json!({}) };
    }
    let inner = |schema: &Value| of(whole, schema, depth + 1);
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return whole.pointer(reference.trim_start_matches('#')).map_or(Value::Null, inner);
    }
    if let Some(given) = schema.get("example").or_else(|| schema.get("const")).or_else(|| schema.pointer("/enum/0")) {
        return given.clone();
    }
    if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        return choices.iter().find(|choice| choice.get("type") != Some(&json!("null"))).map_or(Value::Null, inner);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts = parts.iter().map(inner);
        return Value::Object(parts.filter_map(|part| if let Value::Object(members) = part { Some(members) } else { None }).flatten().collect());
    }
    match kind(schema) {
        "object" => {
            let properties = schema.get("properties").and_then(Value::as_object);
            Value::Object(properties.into_iter().flatten().map(|(name, schema)| (name.clone(), inner(schema))).collect())
        }
        "array" => schema.get("items").map_or_else(|| json!([]), |items| json!([inner(items)])),
        "string" => text(schema),
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "number" => schema.get("minimum").cloned().unwrap_or(json!(1.5)),
        "boolean" => json!(true),
        _ => json!({}),
    }
}

/// The first of its types that is something.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn text(schema: &Value) -> Value {
    let at = |name: &str| schema.get(name).and_then(Value::as_str);
    match (at("format"), at("pattern")) {
        (Some("uuid"), _) => json!("0199a8f0-0000-7000-8000-000000000000"),
        (Some("date"), _) => json!("2026-01-02"),
        (Some("date-time"), _) => json!("2026-01-02T03:04:05.000Z"),
        (Some("uri"), _) => json!("https://example.org/"),
        (_, Some("^[0-2][0-9]:[0-5][0-9]$")) => json!("09:00"),
        (_, Some("^https?://[^ ]+$")) => json!("https://example.org/"),
        (_, Some(_)) => json!("tcp"),
        _ => json!("text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_made_of_what_the_schema_says() {
        let mut document = json!({
            "components": {"schemas": {
                "Thing": {"type": "object", "properties": {
                    "id": {"type": "string", "format": "uuid"}, "size": {"type": ["integer", "null"], "minimum": 5}, "kind": {"enum": ["a", "b"]},
                    "parent": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Other"}]},
                }},
                "Other": {"allOf": [{"properties": {"on": {"type": "boolean"}}}, {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}}]},
            }},
            "paths": {"/things": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"201": {"content": {"application/json": {"schema": {"type": "number"}}}}, "4XX": {"content": {"application/json": {"schema": {}}}}},
            }}},
        });
        add_all(&mut document);
        let operation = &document["paths"]["/things"]["post"];
        let thing = json!({"id": "0199a8f0-0000-7000-8000-000000000000", "size": 5, "kind": "a", "parent": {"on": true, "tags": ["text"]}});
        assert_eq!(operation["requestBody"]["content"]["application/json"]["example"], thing);
        assert_eq!(operation["responses"]["201"]["content"]["application/json"]["example"], 1.5);
        assert!(operation["responses"]["4XX"]["content"]["application/json"].get("example").is_none());
    }

    #[test]
    fn a_schema_that_holds_itself_has_an_end() {
        let document = json!({"components": {"schemas": {"Tree": {"properties": {"leaf": {"$ref": "#/components/schemas/Tree"}}}}}});
        assert!(of(&document, &json!({"$ref": "#/components/schemas/Tree"}), 0).is_object());
    }
}
