//! Whether what was asked of vendors is what their contracts take.
//!
//! The parts of a vendor's contract that are needed lie in `contracts/<vendor>.json`, as JSON Schemas of ours: for each
//! operation the query, the headers and the body. What the sandbox recorded as `<vendor>.<operation>` is held against them.

use std::collections::BTreeMap;

use sandbox::Call;
use serde_json::{Map, Value, json};

use crate::vendors::VENDORS;

/// The arguments of Slack's methods, without the token.
const SLACK: &str = include_str!("../contracts/slack.json");

/// Calls that are recorded beside the methods of the Web API.
const NO_METHODS: &[&str] = &["response_url", "upload", "files.download"];

/// Holds every call of a vendor against its contract.
///
/// # Panics
/// With all that is wrong.
pub fn check(calls: &[Call]) {
    let wrong = wrong(calls);
    assert!(
        wrong.is_empty(),
        "vendors were asked for what they do not take:\n{}",
        wrong.join("\n")
    );
}

/// What is wrong with the calls, a line each.
pub fn wrong(calls: &[Call]) -> Vec<String> {
    let contracts: BTreeMap<&str, Value> = VENDORS
        .iter()
        .map(|vendor| {
            let contract = serde_json::from_str(vendor.contract).expect("a contract is JSON");
            (vendor.name, contract)
        })
        .collect();
    let slack: BTreeMap<String, Vec<String>> = serde_json::from_str(SLACK).expect("a contract is JSON");
    let of_slack = calls.iter().flat_map(|call| {
        let wrong = wrong_with_slack(call, &slack);
        wrong.into_iter().map(|wrong| format!("{}: {wrong}", call.method))
    });
    let of_vendors = calls.iter().filter_map(|call| {
        let (vendor, _) = call.method.split_once('.')?;
        Some((call, contracts.get(vendor)?))
    });
    of_vendors
        .flat_map(|(call, contract)| {
            let wrong = wrong_with(&call.args, contract);
            wrong.into_iter().map(|wrong| format!("{}: {wrong}", call.method))
        })
        .chain(of_slack)
        .collect()
}

/// What a call of Slack's Web API has that its method does not.
fn wrong_with_slack(call: &Call, contract: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let family = call.method.split('.').next().unwrap_or_default();
    let is_vendor = VENDORS.iter().any(|vendor| vendor.name == family) || family == "feeds";
    if is_vendor || NO_METHODS.contains(&call.method.as_str()) {
        return Vec::new();
    }
    let Some(known) = contract.get(&call.method) else {
        return vec!["there is no such method in the contract".to_owned()];
    };
    let names = call.args.as_object().into_iter().flat_map(Map::keys);
    let unknown = names.filter(|name| !known.contains(name));
    unknown.map(|name| format!("it has no argument “{name}”")).collect()
}

fn wrong_with(request: &Value, contract: &Value) -> Vec<String> {
    let operations = contract["operations"].as_array().into_iter().flatten();
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let is_it = |operation: &&Value| {
        operation["method"] == request["method"] && fits(operation["path"].as_str().unwrap_or_default(), text("path"))
    };
    let Some(operation) = operations.into_iter().find(is_it) else {
        return vec![format!("there is no {} {}", text("method"), text("path"))];
    };
    let defs = &contract["schemas"];
    let mut wrong = Vec::new();
    let mut hold = |what: &str, schema: &Value, value: &Value| {
        let mut whole = named(schema);
        whole["$defs"] = defs.clone();
        let validator = jsonschema::validator_for(&whole).expect("a contract holds schemas");
        for error in validator.iter_errors(value) {
            wrong.push(format!("{what}: {error}"));
        }
    };
    // A parameter that the contract does not know is refused; a header may be anything else.
    let parameters = operation["query"].as_object().cloned().unwrap_or_default();
    let parameters: Map<_, _> = parameters
        .iter()
        .map(|(name, schema)| (name.clone(), named(schema)))
        .collect();
    let query: Map<String, Value> = request["query"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, values)| (name.clone(), values[0].clone()))
        .collect();
    hold(
        "query",
        &json!({
            "type": "object", "properties": parameters, "additionalProperties": false,
            "required": operation["required"].as_array().cloned().unwrap_or_default(),
        }),
        &Value::Object(query),
    );
    let mut headers = contract["headers"].as_object().cloned().unwrap_or_default();
    headers.extend(operation["headers"].as_object().cloned().unwrap_or_default());
    for (name, schema) in &headers {
        hold(name, schema, &request["headers"][name]);
    }
    if !operation["body"].is_null() {
        hold("body", &operation["body"], &request["body"]);
    }
    wrong
}

/// A schema, or the name of one that the contract has.
fn named(schema: &Value) -> Value {
    match schema.as_str() {
        Some(name) => json!({ "$ref": format!("#/$defs/{name}") }),
        None => schema.clone(),
    }
}

/// Whether a path is one of a template such as `/incidents/{id}`.
fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || (wanted.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(vendor: &str, method: &str, path: &str, query: &Value, body: &Value) -> Vec<String> {
        let found = VENDORS.iter().find(|known| known.name == vendor).unwrap();
        let contract: Value = serde_json::from_str(found.contract).unwrap();
        let accept = match vendor {
            "pagerduty" => "application/vnd.pagerduty+json;version=2",
            _ => "application/json",
        };
        let headers = json!({ "accept": accept, "content-type": "application/json", "from": "bot@example.com" });
        let request = json!({ "method": method, "path": path, "query": query, "headers": headers, "body": body });
        wrong_with(&request, &contract)
    }

    #[test]
    fn what_the_contract_takes_and_what_not() {
        let none = json!({});
        assert_eq!(
            request("pagerduty", "GET", "/incidents/Q1/notes", &none, &Value::Null),
            [] as [&str; 0]
        );
        let written = json!({ "note": { "content": "Looking" } });
        assert_eq!(
            request("pagerduty", "POST", "/incidents/Q1/notes", &none, &written),
            [] as [&str; 0]
        );
        for (method, path, query, body) in [
            ("DELETE", "/incidents/Q1", &none, &Value::Null),
            ("GET", "/users", &json!({ "limit": ["101"] }), &Value::Null),
            ("GET", "/users", &json!({ "page": ["2"] }), &Value::Null),
            ("POST", "/incidents/Q1/notes", &none, &json!({ "note": {} })),
            (
                "POST",
                "/incidents",
                &none,
                &json!({ "incident": { "type": "incident", "title": "x" } }),
            ),
        ] {
            assert_ne!(
                request("pagerduty", method, path, query, body),
                [] as [&str; 0],
                "{method} {path} {query}"
            );
        }
    }

    #[test]
    fn slacks_methods_have_their_arguments() {
        let contract: BTreeMap<String, Vec<String>> = serde_json::from_str(SLACK).unwrap();
        let wrong = |method: &str, args: Value| {
            let call = Call {
                seq: 1,
                method: method.to_owned(),
                args,
                outcome: sandbox::Outcome::Ok,
                at: chrono::Utc::now(),
                took: None,
            };
            wrong_with_slack(&call, &contract)
        };
        let message = json!({ "channel": "C1", "text": "x", "unfurl_links": false });
        assert_eq!(wrong("chat.postMessage", message.clone()), [] as [&str; 0]);
        assert_eq!(wrong("chat.update", message), ["it has no argument “unfurl_links”"]);
        assert_eq!(wrong("chat.upsert", json!({})).len(), 1);
        assert_eq!(wrong("response_url", json!({ "text": "x" })), [] as [&str; 0]);
        assert_eq!(wrong("pagerduty.list_users", json!({})), [] as [&str; 0]);
    }

    /// A method that is called has its tier, and so has its arguments here.
    #[test]
    fn every_method_of_slack_that_is_called_has_its_arguments() {
        let contract: BTreeMap<String, Vec<String>> = serde_json::from_str(SLACK).unwrap();
        for (method, _) in slack::TIERS {
            assert!(
                NO_METHODS.contains(method) || contract.contains_key(*method),
                "{method}"
            );
        }
    }

    #[test]
    fn what_statuspage_would_refuse() {
        let post = |body: &Value| request("statuspage", "POST", "/pages/p1/incidents", &json!({}), body);
        let fine = json!({
            "name": "Payments fail", "status": "investigating", "body": "x", "impact_override": "major",
            "components": { "c1": "partial_outage" }, "component_ids": ["c1"], "deliver_notifications": false,
            "metadata": { "incident_bot": { "key": "1" } },
        });
        assert_eq!(post(&json!({ "incident": fine })), [] as [&str; 0]);
        assert_ne!(post(&fine), [] as [&str; 0], "it is not wrapped");
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
            let wrong = post(&json!({ "incident": incident }));
            assert_eq!(wrong.len(), 1, "{field}: {value}: {wrong:?}");
        }
        let listed = |query: &Value| request("statuspage", "GET", "/pages/p1/components", query, &Value::Null);
        assert_eq!(listed(&json!({ "page": ["1"], "per_page": ["100"] })), [] as [&str; 0]);
        assert_ne!(listed(&json!({ "per_page": ["101"] })), [] as [&str; 0]);
    }

    #[test]
    fn what_confluence_would_refuse() {
        let body = json!({ "representation": "storage", "value": "<p/>" });
        let page = json!({ "spaceId": "98306", "status": "current", "title": "T", "parentId": "98400", "body": body });
        let post = |body: &Value| request("confluence", "POST", "/wiki/api/v2/pages", &json!({}), body);
        assert_eq!(post(&page), [] as [&str; 0]);
        for (field, value) in [
            ("spaceId", json!("OPS")),
            ("title", json!("")),
            ("status", json!("final")),
            ("body", json!("<p/>")),
            ("version", json!({ "number": 2 })),
        ] {
            let mut wrong = page.clone();
            wrong[field] = value.clone();
            assert_eq!(post(&wrong).len(), 1, "{field}: {value}");
        }
        let search = |query: &Value| request("confluence", "GET", "/wiki/rest/api/search/user", query, &Value::Null);
        assert_eq!(
            search(&json!({ "cql": ["user.fullname~\"a\""], "limit": ["10"] })),
            [] as [&str; 0]
        );
        assert_ne!(search(&none()), [] as [&str; 0]);
        // A form needs its own media type and token.
        let form = json!({ "file": "a.png", "minorEdit": "true" });
        let path = "/wiki/rest/api/content/1/child/attachment";
        assert_eq!(request("confluence", "PUT", path, &none(), &form).len(), 2);
    }

    fn none() -> Value {
        json!({})
    }
}
