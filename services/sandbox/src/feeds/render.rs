//! Each provider's own format.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Outage;

/// The body of a feed and its content type; `None` where no provider has a feed at this path.
pub(super) fn render(provider: &str, path: &str, base: &str, outages: &[Outage]) -> Option<(&'static str, Vec<u8>)> {
    const JSON: &str = "application/json; charset=utf-8";
    let open = || outages.iter().filter(|outage| outage.ended_at.is_none());
    let json = |value: &Value| Some((JSON, value.to_string().into_bytes()));
    match path {
        "public/currentevents" => {
            let events: Vec<_> = outages.iter().map(aws).collect();
            Some(("application/json", utf16(&json!(events).to_string())))
        }
        "incidents.json" => json(&outages.iter().rev().map(gcp).collect()),
        "api/v4/current-status" => {
            let color = if open().next().is_some() { "red" } else { "green" };
            let incidents: Vec<_> = open().map(heroku).collect();
            json(&json!({
                "status": [
                    { "system": "Apps", "status": color },
                    { "system": "Data", "status": "green" },
                    { "system": "Tools", "status": "green" },
                ],
                "incidents": incidents,
                "scheduled": [],
            }))
        }
        "api/v2.0.0/current" => {
            let incidents: Vec<_> = open().map(slack).collect();
            let status = if incidents.is_empty() { "ok" } else { "active" };
            json(&json!({ "status": status, "active_incidents": incidents }))
        }
        "api/v2.0.0/history" => json(
            &outages
                .iter()
                .filter(|outage| outage.ended_at.is_some())
                .map(slack)
                .collect(),
        ),
        "api/v2/incidents.json" => {
            let incidents: Vec<_> = outages
                .iter()
                .rev()
                .take(50)
                .map(|outage| statuspage(base, outage))
                .collect();
            json(&json!({ "page": page(provider, base), "incidents": incidents }))
        }
        "api/v2/summary.json" => {
            let incidents: Vec<_> = open().map(|outage| statuspage(base, outage)).collect();
            json(&json!({
                "page": page(provider, base),
                "components": [],
                "incidents": incidents,
                "scheduled_maintenances": [],
                "status": { "indicator": if incidents.is_empty() { "none" } else { "major" }, "description": "" },
            }))
        }
        atom_feed if atom_feed.ends_with("atom") => {
            Some(("application/atom+xml; charset=utf-8", atom(base, outages).into_bytes()))
        }
        // Whatever else RSS is served as.
        rss_feed if rss_feed.ends_with("feed") || rss_feed.ends_with("rss") => {
            Some(("application/rss+xml; charset=utf-8", rss(base, outages).into_bytes()))
        }
        _ => None,
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn page(provider: &str, base: &str) -> Value {
    json!({ "id": provider, "name": provider, "url": base, "time_zone": "Etc/UTC" })
}

fn statuspage(base: &str, outage: &Outage) -> Value {
    json!({
        "id": format!("i{}", outage.id),
        "name": outage.title,
        "status": outage.state,
        "impact": outage.impact,
        "created_at": time(outage.began_at),
        "started_at": time(outage.began_at),
        "updated_at": time(outage.changed_at),
        "monitoring_at": null,
        "resolved_at": outage.ended_at.map(time),
        "shortlink": format!("{base}/incidents/i{}", outage.id),
        "incident_updates": [],
        "components": [],
    })
}

fn heroku(outage: &Outage) -> Value {
    json!({
        "id": outage.id,
        "title": outage.title,
        "state": "open",
        "created_at": time(outage.began_at),
        "updated_at": time(outage.changed_at),
        "full_message": outage.state,
    })
}

fn gcp(outage: &Outage) -> Value {
    let mut incident = json!({
        "id": format!("g{}", outage.id),
        "number": outage.id.to_string(),
        "service_name": "Sandbox Engine",
        "begin": time(outage.began_at),
        "created": time(outage.began_at),
        "modified": time(outage.changed_at),
        "severity": if outage.impact == "minor" { "low" } else { "high" },
        "status_impact": "SERVICE_OUTAGE",
        "uri": format!("incidents/g{}", outage.id),
        "external_desc": outage.title,
        "affected_products": [],
    });
    if let Some(ended_at) = outage.ended_at {
        incident["end"] = json!(time(ended_at));
    }
    incident
}

fn aws(outage: &Outage) -> Value {
    let mut event = json!({
        "date": outage.began_at.timestamp().to_string(),
        "arn": format!("arn:aws:health:eu-west-1::event/SANDBOX/AWS_SANDBOX_OPERATIONAL_ISSUE/{}", outage.id),
        "region_name": "Ireland",
        "status": if outage.ended_at.is_some() { "0" } else { "3" },
        "service": "sandbox-eu-west-1",
        "service_name": "Sandbox",
        "summary": outage.title,
        "event_log": [{ "summary": outage.title, "message": outage.state, "status": 1,
                        "timestamp": outage.changed_at.timestamp() }],
        "impacted_services": {},
    });
    if let Some(ended_at) = outage.ended_at {
        event["summary"] = json!(format!("[RESOLVED] {}", outage.title));
        event["end_time"] = json!(ended_at.timestamp().to_string());
    }
    event
}

fn slack(outage: &Outage) -> Value {
    json!({
        "id": outage.id,
        "date_created": time(outage.began_at),
        "date_updated": time(outage.changed_at),
        "title": outage.title,
        "type": "incident",
        "status": if outage.ended_at.is_some() { "resolved" } else { "active" },
        "url": format!("https://status.slack.example/{}", outage.id),
        "services": [],
        "notes": [],
    })
}

/// As AWS answers: with a byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_be_bytes).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn html(outage: &Outage) -> String {
    let mut letters = outage.state.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    let word = first.unwrap_or_default() + letters.as_str();
    escaped(&format!("<p><strong>{word}</strong> - {}</p>", escaped(&outage.title)))
}

fn atom(base: &str, outages: &[Outage]) -> String {
    let entry = |outage: &Outage| {
        format!(
            "<entry><id>tag:sandbox,2005:Incident/{id}</id><published>{began}</published><updated>{changed}</updated>\
             <link rel=\"alternate\" type=\"text/html\" href=\"{base}/incidents/i{id}\"/><title>{title}</title>\
             <content type=\"html\">{html}</content></entry>",
            id = outage.id,
            began = time(outage.ended_at.unwrap_or(outage.began_at)),
            changed = time(outage.changed_at),
            title = escaped(&outage.title),
            html = html(outage),
        )
    };
    let entries: String = outages.iter().rev().map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:sandbox,2005:/history</id>\
         <title>Incident History</title>{entries}</feed>"
    )
}

fn rss(base: &str, outages: &[Outage]) -> String {
    let item = |outage: &Outage| {
        format!(
            "<item><title>{title}</title><link>{base}/incidents/{id}</link><guid>{base}/incidents/{id}</guid>\
             <pubDate>{began}</pubDate><description>{html}</description></item>",
            id = outage.id,
            title = escaped(&outage.title),
            began = outage.ended_at.unwrap_or(outage.began_at).to_rfc2822(),
            html = html(outage),
        )
    };
    let items: String = outages.iter().rev().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>Status</title><link>{base}</link>\
         <description>Status</description>{items}</channel></rss>"
    )
}
