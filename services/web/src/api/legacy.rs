//! What incident-bot 0.8.2 kept and has no place among ours, in words: of an imported incident, and what belongs to none.

use axum::Router;
use axum::extract::{Path, Query, Request as HttpRequest, State};
use axum::http::header;
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;
use domain::IncidentId;
use legacy::rules::time::Written;
use serde_json::{Map, Value};
use store::console_users::Role;
use store::legacy::RecordOfIncident;
use tonic::{Request, Response, Status};

use super::pins::{self, Options};
use super::see::{self, Seen};
use super::{convert, status};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::{self, ListLegacyRecordsRequest, ListLegacyRecordsResponse};

/// The columns of an incident that its page shows, or the first entry of its timeline: as they were, or why they could not be
/// taken. Also ids of Slack, and times of which the import has made ours.
const SHOWN_ELSEWHERE: [&str; 17] = [
    "incident_id",
    "channel_id",
    "channel_name",
    "status",
    "severity",
    "commander",
    "technical_lead",
    "communications_liaison",
    "tags",
    "rca",
    "sp_incident_id",
    "bp_message_ts",
    "dig_message_ts",
    "sp_message_ts",
    "created_at",
    "updated_at",
    "last_update_sent",
];
/// The most rows that are shown of those that belong to no incident.
const MAX_OF_NONE: usize = 1_000;
/// The incident's own row, which is kept of every one.
const INCIDENT: &str = "incidents";

pub(crate) async fn list(
    app: &App,
    request: Request<ListLegacyRecordsRequest>,
) -> Result<Response<ListLegacyRecordsResponse>, Status> {
    if request.get_ref().incident_id.is_empty() {
        auth::admin(&request, "Only admins can see records that belong to no incident.")?;
        return list_of_none(app).await;
    }
    let (caller, peer) = (auth::caller(&request)?.clone(), auth::peer(&request));
    let request = request.into_inner();
    let id: IncidentId = request.incident_id.parse().map_err(|_| status::no_incident())?;
    let found = async {
        let seen = see::find(app, &caller, &peer, id, request.open_private).await?;
        let Some(Seen { listed, opened }) = seen.filter(|seen| !seen.listed.is_sealed) else {
            return Ok(None);
        };
        let mut conn = app.pool.acquire().await?;
        let records = store::legacy::records_of_incident(&mut conn, listed.incident.id).await?;
        Ok(Some((records, listed.incident.rca_document_url, opened)))
    };
    let found = found.await.map_err(|error| status::database(&error))?;
    let (records, rca_document, opened) = found.ok_or_else(status::no_incident)?;
    let shown = records.iter().map(|kept| proto::LegacyRecord {
        file: file_of(Some(id), kept, opened),
        ..shown(kept, rca_document.as_deref())
    });
    let own = format!("{INCIDENT}/");
    let told = shown.filter(|record| !record.fields.is_empty() || !record.id.starts_with(&own));
    Ok(Response::new(ListLegacyRecordsResponse {
        records: told.collect(),
    }))
}

async fn list_of_none(app: &App) -> Result<Response<ListLegacyRecordsResponse>, Status> {
    let limit = i64::try_from(MAX_OF_NONE + 1).unwrap_or(i64::MAX);
    let records = async { store::legacy::records_of_none(&mut *app.pool.acquire().await?, limit).await };
    let records = records.await.map_err(|error| status::database(&error))?;
    let shown = records.iter().map(|kept| proto::LegacyRecord {
        file: file_of(None, kept, false),
        ..shown_alone(kept)
    });
    Ok(Response::new(ListLegacyRecordsResponse {
        records: cut(shown.collect()),
    }))
}

/// As many as are shown, with a word about the others.
fn cut(mut records: Vec<proto::LegacyRecord>) -> Vec<proto::LegacyRecord> {
    if records.len() > MAX_OF_NONE {
        records.truncate(MAX_OF_NONE);
        records.push(proto::LegacyRecord {
            id: "more".to_owned(),
            title: "More rows".to_owned(),
            text: format!("Only {MAX_OF_NONE} rows are shown here. All of them are in the table legacy_records."),
            ..proto::LegacyRecord::default()
        });
    }
    records
}

/// `rca_document` is the link that the incident has now.
fn shown(kept: &RecordOfIncident, rca_document: Option<&str>) -> proto::LegacyRecord {
    let record = &kept.record;
    let (title, fields) = match kept.source.as_str() {
        INCIDENT => ("The incident when it was imported", incident(record, rca_document)),
        "auditlog" => ("Timeline", timeline(record, false)),
        "incident_logging" => ("Pinned message", pin(kept)),
        other => (other, columns(record, &[])),
    };
    in_words(kept, title.to_owned(), fields)
}

/// A row that belongs to no incident: nothing of it is shown elsewhere.
fn shown_alone(kept: &RecordOfIncident) -> proto::LegacyRecord {
    let record = &kept.record;
    let name = text(record, "incident_id");
    let (title, fields) = match kept.source.as_str() {
        INCIDENT => (format!("Incident {name}"), columns(record, &["incident_id"])),
        "auditlog" => (format!("Timeline of {name}"), timeline(record, true)),
        "incident_logging" => (format!("Pinned message in {name}"), message(record)),
        "application_settings" => (format!("Setting {}", kept.key), columns(record, &["name", "deletable"])),
        "users" => ("Account".to_owned(), columns(record, &["id"])),
        other => (format!("{} of {other}", kept.key), columns(record, &["id"])),
    };
    in_words(kept, title, fields)
}

fn in_words(kept: &RecordOfIncident, title: String, fields: Vec<proto::LegacyField>) -> proto::LegacyRecord {
    // Some rows are kept always.
    let reason = if kept.reason.ends_with("as it was") {
        String::new()
    } else {
        format!("Kept here because {}.", kept.reason)
    };
    proto::LegacyRecord {
        id: format!("{}/{}", kept.source, kept.key),
        title,
        who: text(&kept.record, "user"),
        at: kept.at.map(convert::time),
        text: kept.text.clone(),
        fields,
        reason,
        file: None,
    }
}

fn file_of(incident: Option<IncidentId>, kept: &RecordOfIncident, opened: bool) -> Option<proto::LegacyFile> {
    let query = if opened { "?open_private=true" } else { "" };
    let incident = incident.map_or_else(String::new, |id| format!("/incidents/{id}"));
    let name = text(&kept.record, "title");
    Some(proto::LegacyFile {
        bytes: kept.file_bytes?.into(),
        name: if name.is_empty() { "file".to_owned() } else { name },
        // Whatever a key may hold, an address holds no more than this.
        path: format!("/api/v1{incident}/legacy/{}{query}", kept.key.parse::<i64>().ok()?),
    })
}

/// Where files are.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .route("/api/v1/incidents/{incident}/legacy/{pin}", get(file))
        .route("/api/v1/legacy/{pin}", get(file_of_none))
        .with_state(app.clone())
}

async fn file(
    State(app): State<App>,
    Path((incident, pin)): Path<(String, String)>,
    Query(options): Query<Options>,
    request: HttpRequest,
) -> HttpResponse {
    let (caller, peer) = match pins::who_asks(&app, request).await {
        Ok((caller, peer, _)) => (caller, peer),
        Err(refused) => return pins::answer(&refused),
    };
    let Ok(id) = incident.parse() else {
        return pins::answer(&Status::not_found(""));
    };
    answer(load(&app, &caller, &peer, id, &pin, options.open_private).await)
}

async fn file_of_none(State(app): State<App>, Path(pin): Path<String>, request: HttpRequest) -> HttpResponse {
    let caller = match pins::who_asks(&app, request).await {
        Ok((caller, ..)) => caller,
        Err(refused) => return pins::answer(&refused),
    };
    if !caller.may(Role::Admin) {
        return pins::answer(&Status::not_found(""));
    }
    let found = async { store::legacy::file(&mut *app.pool.acquire().await?, None, &pin).await };
    answer(found.await)
}

fn answer(found: Result<Option<Vec<u8>>, store::Error>) -> HttpResponse {
    match found {
        Ok(Some(bytes)) => send(bytes),
        Ok(None) => pins::answer(&Status::not_found("")),
        Err(error) => pins::answer(&status::database(&error)),
    }
}

async fn load(
    app: &App,
    caller: &Caller,
    peer: &Peer,
    id: IncidentId,
    pin: &str,
    open_private: bool,
) -> Result<Option<Vec<u8>>, store::Error> {
    let seen = see::find(app, caller, peer, id, open_private).await?;
    if seen.is_none_or(|seen| seen.listed.is_sealed) {
        return Ok(None);
    }
    let mut conn = app.pool.acquire().await?;
    store::legacy::file(&mut conn, Some(id), pin).await
}

/// To be saved, never to be shown: nobody knows what it is.
fn send(bytes: Vec<u8>) -> HttpResponse {
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CACHE_CONTROL, pins::CACHING),
        (header::VARY, "cookie"),
    ];
    (about, bytes).into_response()
}

fn incident(record: &Value, rca_document: Option<&str>) -> Vec<proto::LegacyField> {
    // Another document may have taken its place.
    let rca = record.get("rca").map_or_else(String::new, words);
    let rca = field("RCA document", rca).filter(|field| rca_document != Some(field.value.as_str()));
    rca.into_iter().chain(columns(record, &SHOWN_ELSEWHERE)).collect()
}

/// Whatever else a row holds, by the names of its columns.
fn columns(record: &Value, named: &[&str]) -> Vec<proto::LegacyField> {
    let columns = record.as_object().into_iter().flatten();
    columns
        .filter(|(column, _)| !named.contains(&column.as_str()))
        .filter_map(|(column, value)| field(&label(column), words(value)))
        .collect()
}

/// `is_security_incident` as `Is security incident`.
fn label(column: &str) -> String {
    let words = column.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// The entries that the import could not read, or not in full, because the others are in the incident's timeline; or all of them.
fn timeline(record: &Value, all: bool) -> Vec<proto::LegacyField> {
    let data = record.get("data").unwrap_or(&Value::Null);
    let Some(entries) = data.as_array() else {
        return field("Timeline", words(data)).into_iter().collect();
    };
    let shown = entries.iter().enumerate().filter_map(|(place, entry)| {
        let says = match entry
            .as_object()
            .and_then(|fields| Some((fields, fields.get("log")?.as_str()?)))
        {
            Some((fields, _)) if !all && Written::long(column(fields, "ts")).is_some() => return None,
            Some((fields, log)) => said(fields, log),
            None => words(entry),
        };
        let says = if says.is_empty() { "(empty)".to_owned() } else { says };
        field(&format!("Entry {}", place + 1), says)
    });
    shown.collect()
}

/// What an entry says, by whom, and the time as 0.8.2 wrote it.
fn said(fields: &Map<String, Value>, log: &str) -> String {
    let by = match column(fields, "user") {
        "" => String::new(),
        user => format!("{user}: "),
    };
    let when = match column(fields, "ts") {
        "" => String::new(),
        written => format!(" (its time was “{written}”)"),
    };
    format!("{by}{log}{when}")
}

fn column<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What a pin says that belongs to no incident: the import has read none of it.
fn message(record: &Value) -> Vec<proto::LegacyField> {
    let columns = [("Text", "content"), ("File", "title"), ("Time", "ts")];
    let fields = columns
        .iter()
        .filter_map(|(label, column)| field(label, text(record, column)));
    fields.collect()
}

fn pin(kept: &RecordOfIncident) -> Vec<proto::LegacyField> {
    let mut fields = Vec::new();
    if kept.at.is_none() {
        fields.extend(field("Time", text(&kept.record, "ts")));
    }
    fields
}

fn text(record: &Value, column: &str) -> String {
    let text = record.get(column).and_then(Value::as_str).unwrap_or_default();
    text.trim().to_owned()
}

/// A value as people read it; JSON only where there is nothing better.
fn words(value: &Value) -> String {
    match value {
        // Python writes its null like this.
        Value::String(text) if text == "None" => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            let words = values.iter().map(words).filter(|words| !words.is_empty());
            words.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn field(label: &str, value: String) -> Option<proto::LegacyField> {
    (!value.is_empty()).then(|| proto::LegacyField {
        label: label.to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(source: &str, record: Value) -> Vec<String> {
        read_beside(source, record, None)
    }

    fn read_beside(source: &str, record: Value, rca_document: Option<&str>) -> Vec<String> {
        let kept = RecordOfIncident {
            source: source.to_owned(),
            key: "1".to_owned(),
            record,
            at: None,
            text: String::new(),
            file_bytes: None,
            reason: "it is empty".to_owned(),
        };
        let fields = shown(&kept, rca_document).fields.into_iter();
        fields
            .map(|field| format!("{}: {}", field.label, field.value))
            .collect()
    }

    #[test]
    fn rows_are_read_as_words() {
        assert_eq!(
            read(
                "application_settings",
                json!({ "at": null, "deletable": true, "name": "quiet_hours", "value": ["22:00", "06:00"] })
            ),
            ["Deletable: yes", "Name: quiet_hours", "Value: 22:00, 06:00"]
        );
        assert_eq!(
            read(
                "incident_logging",
                json!({ "title": "app.log", "ts": "soon", "user": "Hana Adams" })
            ),
            ["Time: soon"]
        );
        assert_eq!(
            read("auditlog", json!({ "data": "all of it" })),
            ["Timeline: all of it"]
        );
    }

    #[test]
    fn of_an_incident_what_is_nowhere_else_is_shown() {
        let mut row = json!({ "incident_id": "inc-1", "status": "fixed", "commander": "None", "rca": null, "tags": ["db", "api"],
                              "channel_id": "C1", "created_at": "2026-01-11T01:15:04 UTC" });
        assert_eq!(read("incidents", row.clone()), [""; 0]);
        row["is_security_incident"] = json!(true);
        assert_eq!(read("incidents", row.clone()), ["Is security incident: yes"]);
        let before = "https://wiki.example/before";
        row["rca"] = json!(before);
        assert_eq!(
            read_beside("incidents", row.clone(), Some(before)),
            ["Is security incident: yes"]
        );
        assert_eq!(
            read_beside("incidents", row, Some("https://wiki.example/after")),
            ["RCA document: https://wiki.example/before", "Is security incident: yes"]
        );
    }

    #[test]
    fn that_there_are_more_rows_is_said() {
        let rows = |count| vec![proto::LegacyRecord::default(); count];
        assert_eq!(cut(rows(MAX_OF_NONE)).len(), MAX_OF_NONE);
        let many = cut(rows(MAX_OF_NONE + 1));
        assert_eq!(many.len(), MAX_OF_NONE + 1);
        assert!(
            many[MAX_OF_NONE].text.starts_with("Only 1000 rows are shown"),
            "{many:?}"
        );
    }

    #[test]
    fn of_what_belongs_to_no_incident_all_is_shown() {
        let alone = |source: &str, record: Value| {
            let record = shown_alone(&RecordOfIncident {
                source: source.to_owned(),
                key: "quiet_hours".to_owned(),
                record,
                at: None,
                text: String::new(),
                file_bytes: None,
                reason: "a setting as it was".to_owned(),
            });
            let fields = record.fields.into_iter();
            let fields: Vec<_> = fields
                .map(|field| format!("{}: {}", field.label, field.value))
                .collect();
            (record.title, fields.join(", "), record.reason)
        };
        let shown = |title: &str, fields: &str| (title.to_owned(), fields.to_owned(), String::new());
        assert_eq!(
            alone(
                "application_settings",
                json!({ "deletable": true, "name": "quiet_hours", "value": ["22:00", "06:00"] })
            ),
            shown("Setting quiet_hours", "Value: 22:00, 06:00")
        );
        let entry = json!({ "log": "Back to normal", "ts": "2026-01-11T01:15:04 UTC", "user": "Cleo Adams" });
        assert_eq!(
            alone("auditlog", json!({ "data": [entry], "incident_id": "inc-1-renamed" })),
            shown(
                "Timeline of inc-1-renamed",
                "Entry 1: Cleo Adams: Back to normal (its time was “2026-01-11T01:15:04 UTC”)"
            )
        );
        assert_eq!(
            alone(
                "incident_logging",
                json!({ "content": "See this", "incident_id": "inc-1-renamed", "title": "", "ts": "soon" })
            ),
            shown("Pinned message in inc-1-renamed", "Text: See this, Time: soon")
        );
        assert_eq!(
            alone(
                "opdata",
                json!({ "id": "auto_page_teams", "json_data": { "teams": [] } })
            ),
            shown("quiet_hours of opdata", r#"Json data: {"teams":[]}"#)
        );
    }

    #[test]
    fn of_a_timeline_what_is_nowhere_else_is_shown() {
        let data = json!([
            { "log": "Incident created.", "ts": "2026-01-11T01:15:04 UTC", "user": "Cleo Adams" },
            "x",
            { "log": "Kept", "ts": "never", "user": "Cleo Adams" },
            null,
            { "log": 5 },
        ]);
        assert_eq!(
            read("auditlog", json!({ "data": data })),
            [
                "Entry 2: x",
                "Entry 3: Cleo Adams: Kept (its time was “never”)",
                "Entry 4: (empty)",
                r#"Entry 5: {"log":5}"#,
            ]
        );
    }
}
