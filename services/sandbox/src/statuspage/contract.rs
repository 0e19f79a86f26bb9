//! Whether a request is one that Statuspage takes, by its contract.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

static CONTRACT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("contract.json")).unwrap_or_default());

/// What is wrong with a request; the operation is such as `GET incidents/{id}`.
pub(super) fn wrong(operation: &str, query: &BTreeMap<String, String>, body: Option<&Value>) -> Vec<String> {
    let contract = &CONTRACT[operation];
    if contract.is_null() {
        return vec![format!("there is no operation {operation}")];
    }
    let mut wrong = Vec::new();
    for (name, value) in query {
        match contract["query"][name].as_str() {
            None => wrong.push(format!("{name} is no parameter")),
            Some("integer") if value.parse::<u32>().is_err() => wrong.push(format!("{name} is no number")),
            Some(_) => {}
        }
    }
    match (&contract["body"], body) {
        (Value::Null, None) => {}
        (Value::Null, Some(_)) => wrong.push("a body is not expected".to_owned()),
        (_, None) => wrong.push("the body is missing".to_owned()),
        (schema, Some(body)) => check(schema, body, "body", &mut wrong),
    }
    wrong
}

fn check(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{at} has the wrong type"));
        return;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{at} is not valid: {value}"));
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        if length > schema["maxLength"].as_u64().unwrap_or(u64::MAX) {
            wrong.push(format!("{at} is too long"));
        }
        if length < schema["minLength"].as_u64().unwrap_or(0) {
            wrong.push(format!("{at} can't be blank"));
        }
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value[name].is_null() {
            wrong.push(format!("{at}.{name} can't be blank"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let known = [&schema["properties"][name], &schema["additionalProperties"]];
        match known.into_iter().find(|schema| !schema.is_null()) {
            Some(schema) => check(schema, inner, &format!("{at}.{name}"), wrong),
            None if schema["properties"].is_null() => {}
            None => wrong.push(format!("{at}.{name} is not known")),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(&schema["items"], item, &format!("{at}[]"), wrong);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn post(incident: &Value) -> Vec<String> {
        wrong(
            "POST incidents",
            &BTreeMap::new(),
            Some(&json!({ "incident": incident })),
        )
    }

    #[test]
    fn what_statuspage_would_refuse() {
        let fine = json!({
            "name": "Payments fail", "status": "investigating", "body": "x", "impact_override": "major",
            "components": { "c1": "partial_outage" }, "component_ids": ["c1"], "deliver_notifications": false,
            "metadata": { "incident_bot": { "key": "1" } },
        });
        assert_eq!(post(&fine), [] as [&str; 0]);
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("x".repeat(256))),
            ("status", json!("fine")),
            ("impact_override", json!("huge")),
            ("body", json!("x".repeat(25_001))),
            ("components", json!({ "c1": "gone" })),
            ("component_ids", json!("c1")),
            ("deliver_notifications", json!("no")),
            ("metadata", json!({ "key": "1" })),
            ("nonsense", json!(1)),
        ] {
            let mut incident = fine.clone();
            incident[field] = value.clone();
            assert_eq!(post(&incident).len(), 1, "{field}: {value}");
        }
        assert_eq!(
            wrong("POST incidents", &BTreeMap::new(), Some(&fine)).len(),
            9,
            "it is not wrapped"
        );
    }
}
