//! What the description says of every request alike, and a handler need not say each time.

use utoipa::openapi::{
    RefOr,
    path::{Operation, Parameter},
    request_body::RequestBody,
    schema::{Schema, SchemaType, Type},
};

/// `*`, or entity tags, weak or not.
const ENTITY_TAGS: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

pub fn finish(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            tell_entity_tags(parameter);
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        leave_out_null(body);
    }
}

fn tell_entity_tags(parameter: &mut Parameter) {
    if !parameter.name.eq_ignore_ascii_case("if-match") {
        return;
    }
    if let Some(RefOr::T(Schema::Object(text))) = &mut parameter.schema {
        text.schema_type = SchemaType::Type(Type::String);
        text.pattern = Some(ENTITY_TAGS.to_owned());
        // As the pattern has it, for programs that look at one of the two alone.
        text.min_length = Some(1);
    }
}

/// A body that may be left out is no body that may be `null`.
fn leave_out_null(body: &mut RequestBody) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(either))) = &content.schema
            && let Some(named @ RefOr::Ref(_)) = either.items.iter().find(|item| matches!(item, RefOr::Ref(_)))
            && either.items.len() == 2
        {
            content.schema = Some(named.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::document;

    #[test]
    fn a_body_that_may_be_left_out_is_not_null() {
        let escalate = &document()["paths"]["/api/incidents/{id}/escalate"]["post"]["requestBody"];
        assert_eq!(escalate["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Escalate");
        assert!(escalate["required"].as_bool() != Some(true), "{escalate}");
    }

    #[test]
    fn a_precondition_says_what_it_may_be() {
        let parameters = document()["paths"]["/api/service-connections/{id}"]["patch"]["parameters"].as_array().expect("parameters");
        let tags = parameters.iter().find(|parameter| parameter["name"] == "If-Match").expect("If-Match");
        assert_eq!((&tags["schema"]["type"], tags["schema"]["pattern"].is_string()), (&"string".into(), true));
    }
}
