//! The whole import: a database that 0.8.2 wrote, against what a faithful import of it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stand outside the test functions"
)]

mod renewed;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use support::{DUMP, Legacy, expected};
use tokio_util::sync::CancellationToken;
use web::proto::SignInRequest;
use web::proto::auth_service_client::AuthServiceClient;
use web::{Config, Import};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Whether two times are the same within the tolerance of `expected.json`; NULL is NULL.
#[track_caller]
fn assert_time(what: &str, ours: &Value, expected: &Value) {
    let read = |value: &Value| value.as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
    match (read(ours), read(expected)) {
        (None, None) => {}
        (Some(ours), Some(expected)) if (ours - expected).num_seconds().abs() <= 5 => {}
        (ours, expected) => panic!("{what}: {ours:?} instead of {expected:?}"),
    }
}

/// Who acted, as `expected.json` names them.
fn who(actor: &Value) -> Value {
    match text(actor, "kind") {
        "slack" => json!({ "real_name": actor["name"], "slack_id": actor["user_id"] }),
        "named" => json!({ "real_name": actor["name"], "slack_id": null }),
        _ => Value::Null,
    }
}

#[track_caller]
fn assert_who(what: &str, actor: &Value, expected: &Value) {
    let mut expected = expected.clone();
    if let Some(expected) = expected.as_object_mut() {
        expected.remove("candidates");
    }
    assert_eq!(who(actor), expected, "{what}");
}

/// Every incident of `expected.json`, field by field.
async fn assert_incidents(legacy: &Legacy) {
    let expected = expected();
    let incidents = legacy.incidents().await;
    assert_eq!(json!(incidents.len()), expected["counts"]["incidents"]);
    let open = incidents.values().filter(|one| one["resolved_at"].is_null()).count();
    assert_eq!(json!(open), expected["counts"]["open"]);
    for wanted in expected["incidents"].as_array().unwrap() {
        let key = text(wanted, "key");
        let channel = text(&wanted["channel"], "id");
        let ours = &incidents[channel];
        let title = wanted["title"].as_str().unwrap_or(text(wanted, "incident_id"));
        assert_eq!(text(ours, "title"), title, "{key}");
        for field in ["severity", "status"] {
            assert_eq!(ours[field], wanted[field], "{key} {field}");
        }
        assert_eq!(ours["channel_name"], wanted["channel"]["name"], "{key}");
        assert_time(&format!("{key} declared"), &ours["declared_at"], &wanted["declared_at"]);
        assert_time(
            &format!("{key} declared"),
            &ours["declared_at"],
            &wanted["declared_at_by_digest_ts"],
        );
        assert_time(&format!("{key} resolved"), &ours["resolved_at"], &wanted["resolved_at"]);
        assert_time(
            &format!("{key} last update"),
            &ours["last_update_at"],
            &wanted["last_update_at"],
        );
        let updated = if wanted["updated_at"].is_null() {
            &wanted["declared_at"]
        } else {
            &wanted["updated_at"]
        };
        assert_time(&format!("{key} updated"), &ours["updated_at"], updated);
        assert_who(key, &ours["declared_by"], &wanted["declared_by"]);
        assert_eq!(ours["legacy"]["name"], wanted["incident_id"], "{key}");
        assert_eq!(ours["legacy"]["panel_ts"], wanted["panel_ts"], "{key}");
        assert_eq!(ours["legacy"]["digest_ts"], wanted["digest_ts"], "{key}");
        assert_eq!(ours["rca_document_url"], wanted["rca_link"], "{key}");
        assert_eq!(ours["rca_channel_id"], wanted["rca_channel"]["id"], "{key}");
        assert_eq!(ours["rca_channel_name"], wanted["rca_channel"]["name"], "{key}");
        assert_eq!(ours["statuspage"], wanted["statuspage"]["incident_id"], "{key}");
        assert_eq!(ours["private"], false);
        assert_roles(key, ours, wanted);
        assert_timeline(key, ours, wanted);
        assert_pins(key, channel, ours, wanted);
        assert_reminders(key, ours, wanted);
    }
}

fn assert_roles(key: &str, ours: &Value, wanted: &Value) {
    let entries = ours["entries"].as_array().unwrap().iter();
    let told = entries
        .map(|entry| entry["happening"]["kept"].to_string())
        .collect::<String>();
    for (role, holder) in wanted["roles"].as_object().unwrap() {
        assert_eq!(ours["roles"][role], holder["slack_id"], "{key} {role}");
        if holder["slack_id"].is_null() && !holder.is_null() {
            assert!(told.contains(text(holder, "handle")), "{key} {role}: {told}");
        }
    }
}

fn assert_timeline(key: &str, ours: &Value, wanted: &Value) {
    // Ours are in order of time; below the seconds stands the place in order of writing.
    let mut entries = ours["entries"].as_array().unwrap().clone();
    entries.sort_by_key(|entry| text(entry, "micros").parse::<i64>().unwrap());
    let (first, entries) = entries.split_first().unwrap();
    assert_eq!(first["kind"], "imported_from", "{key}");
    assert_eq!(first["happening"]["tags"], wanted["tags"], "{key}");
    let expected = wanted["timeline"].as_array().unwrap();
    assert_eq!(json!(entries.len()), wanted["timeline_count"], "{key}");
    for (entry, expected) in entries.iter().zip(expected) {
        let what = format!("{key} entry {}", expected["n"]);
        assert_time(&what, &entry["at"], &expected["at"]);
        assert_who(&what, &entry["actor"], &expected["who"]);
        let happening = &entry["happening"];
        let kind = if entry["kind"] == "noted" {
            &json!("manual")
        } else {
            &happening["what"]
        };
        assert_eq!(*kind, expected["kind"], "{what}");
        assert_eq!(happening["text"], expected["text"], "{what}");
        assert_eq!(happening["took_effect"], expected["took_effect"], "{what}");
    }
}

fn assert_pins(key: &str, channel: &str, ours: &Value, wanted: &Value) {
    let pins = ours["pins"].as_array().unwrap();
    // Those of the RCA channel stand under its name there.
    let own: Vec<_> = pins.iter().filter(|pin| pin["channel_id"] == channel).collect();
    let mut expected: Vec<Value> = wanted["pins"].as_array().unwrap().clone();
    expected.retain(|pin| pin["kind"] == "image" || !text(pin, "text").is_empty());
    let mut seen = BTreeSet::new();
    expected.retain(|pin| {
        seen.insert((
            pin["author"].to_string(),
            pin["text"].to_string(),
            pin["sha256"].to_string(),
        ))
    });
    assert_eq!(own.len(), expected.len(), "{key}");
    let reasons: Vec<_> = ours["kept"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|kept| kept["source"] == "incident_logging")
        .collect();
    let count = |field: &str| usize::try_from(wanted[field].as_u64().unwrap()).unwrap();
    assert_eq!(own.len() + reasons.len(), count("pins_count"), "{key}");
    for (pin, expected) in own.iter().zip(&expected) {
        let what = format!("{key} pin {}", expected["id"]);
        assert!(
            text(pin, "ts").ends_with(&format!(".{:06}", expected["id"].as_u64().unwrap())),
            "{what}"
        );
        assert_time(&what, &pin["pinned_at"], &expected["pinned_at"]);
        assert_eq!(pin["author_name"], expected["author"]["real_name"], "{what}");
        assert_eq!(text(pin, "author"), text(&expected["author"], "slack_id"), "{what}");
        if expected["kind"] == "image" {
            let image = &pin["image"];
            assert_eq!(image["name"], expected["file"], "{what}");
            assert_eq!(image["media_type"], expected["mimetype"], "{what}");
            assert_eq!(image["bytes"], expected["bytes"], "{what}");
            assert_eq!(image["sha256"], expected["sha256"], "{what}");
        } else {
            let plain = text(expected, "text")
                .replace("&gt;", ">")
                .replace("&lt;", "<")
                .replace("&amp;", "&");
            let plain = plain
                .replace(
                    "<https://grafana.example.com/d/1?a=1&b=2|the graph>",
                    "the graph (https://grafana.example.com/d/1?a=1&b=2)",
                )
                .replace("<@U00000005>", "@Eva Adams")
                .replace("<#C00001003|incidents>", "#incidents");
            assert_eq!(text(pin, "text"), plain, "{what}");
        }
    }
}

/// Reminders follow from severity and status; those who lie still are not called.
fn assert_reminders(key: &str, ours: &Value, wanted: &Value) {
    let reminded = wanted["resolved_at"].is_null() && matches!(text(wanted, "severity"), "sev1" | "sev2");
    let planned = !ours["reminders_until"].is_null();
    assert_eq!(planned || ours["reminders_stopped"] == true, reminded, "{key}");
}

#[tokio::test]
async fn the_dump_comes_as_expected() {
    let legacy = Legacy::new().await;
    let report = legacy.import().await;
    assert_incidents(&legacy).await;
    assert_eq!(report.incidents.values().sum::<usize>(), 22);

    // Orphans: those of an RCA channel belong to its incident, those of a renamed channel are kept.
    let incidents = legacy.incidents().await;
    let in_rca = &incidents["C00001007"]["pins"].as_array().unwrap()[2];
    assert_eq!(in_rca["channel_id"], "C0000101I");
    assert_eq!(in_rca["text"], "Root cause: connection pool of 20 with a 5 s timeout");
    let unattached = "SELECT source, key FROM legacy_records WHERE incident_id IS NULL AND source IN ('auditlog', 'incident_logging') ORDER BY 1, 2";
    assert_eq!(
        legacy.rows(unattached).await,
        [
            json!({ "source": "auditlog", "key": "inc-billing-export" }),
            json!({ "source": "incident_logging", "key": "12" })
        ]
    );

    // Open ones are taken over by the worker, and only they.
    let jobs = legacy
        .rows("SELECT kind, count(*) FROM jobs WHERE kind = 'slack.take_over' GROUP BY kind")
        .await;
    assert_eq!(jobs, [json!({ "kind": "slack.take_over", "count": 16 })]);
    let told = legacy.rows("SELECT count(*) FROM timeline_entries WHERE to_post").await;
    assert_eq!(told, [json!({ "count": 0 })]);
}

#[tokio::test]
async fn a_renamed_channel_is_found_when_its_name_is_known() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    legacy
        .execute("INSERT INTO slack_channels (id, name, private, archived, member) VALUES ('C0000109R', 'inc-billing-export', false, false, true)")
        .await;
    legacy.import().await;
    let incidents = legacy.incidents().await;
    let renamed = &incidents["C0000109R"];
    let orphans = &expected()["orphans"];
    let last = renamed["entries"].as_array().unwrap().last().unwrap().clone();
    let wanted = &orphans["timeline"][0]["timeline"][0];
    assert_eq!(
        (&last["happening"]["text"], &last["happening"]["what"]),
        (&wanted["text"], &wanted["kind"])
    );
    assert_time("orphan", &last["at"], &wanted["at"]);
    let pins = renamed["pins"].as_array().unwrap();
    assert_eq!(pins.last().unwrap()["text"], orphans["pins"][1]["pins"][0]["text"]);
    let left = legacy
        .rows("SELECT key FROM legacy_records WHERE incident_id IS NULL AND source IN ('auditlog', 'incident_logging')")
        .await;
    assert_eq!(left, [] as [Value; 0]);
}

#[tokio::test]
async fn people_come_with_their_rights() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let rows = legacy
        .rows("SELECT email, name, role, disabled_at IS NOT NULL AS disabled, password_hash AS hash FROM console_users ORDER BY email")
        .await;
    let ours: BTreeMap<_, _> = rows.iter().map(|row| (text(row, "email").to_owned(), row)).collect();
    for wanted in expected()["users"].as_array().unwrap() {
        let email = text(wanted, "email");
        // The default account is made anew, and of two that differ by case the older one comes.
        if matches!(email, "admin@admin.com" | "EVA.ADAMS@example.com") {
            assert!(!ours.contains_key(email), "{email}");
            continue;
        }
        let user = ours[email];
        assert_eq!(user["name"], wanted["name"], "{email}");
        assert_eq!(user["disabled"], wanted["is_disabled"], "{email}");
        let role = if wanted["is_admin"] == true {
            "admin"
        } else {
            "responder"
        };
        assert_eq!(user["role"], role, "{email}");
        assert!(text(user, "hash").contains("$$argon2id$"), "{email}");
    }
    assert_eq!(ours.len(), 5);
    let kept = legacy.rows("SELECT key, record->>'email' AS email, record ? 'password' AS secret FROM legacy_records WHERE source = 'users'").await;
    assert_eq!(
        kept,
        [json!({ "key": "8", "email": "EVA.ADAMS@example.com", "secret": false })]
    );
}

#[tokio::test]
async fn people_sign_in_with_the_password_of_before() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let stop = CancellationToken::new();
    let clock = Arc::new(domain::SystemClock);
    let console = web::start(Config::default(), legacy.pool(), clock, stop.clone())
        .await
        .unwrap();
    let mut client = AuthServiceClient::connect(format!("http://{}", console.addr))
        .await
        .unwrap();
    let mut sign_in = async |email: &str, password: &str| {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
        };
        client.sign_in(request).await.is_ok()
    };
    let hash = async |email: &str| {
        let rows = legacy
            .rows(&format!(
                "SELECT password_hash AS hash FROM console_users WHERE email = '{email}'"
            ))
            .await;
        text(&rows[0], "hash").to_owned()
    };
    for user in expected()["users"].as_array().unwrap() {
        let (email, password) = (text(user, "email"), text(user, "password_plain"));
        if matches!(email, "admin@admin.com" | "EVA.ADAMS@example.com") {
            continue;
        }
        let enabled = user["is_disabled"] == false;
        assert!(hash(email).await.starts_with("sha256$"), "{email}");
        assert!(!sign_in(email, &format!("{password}!")).await, "{email}");
        assert_eq!(sign_in(email, password).await, enabled, "{email}");
        // The first time has made a hash of our own.
        assert_eq!(hash(email).await.starts_with("$argon2id$"), enabled, "{email}");
        assert_eq!(sign_in(email, password).await, enabled, "{email}");
    }
    stop.cancel();
    console.stopped().await.unwrap();
}

#[tokio::test]
async fn settings_come_where_nobody_made_them_here() {
    let legacy = Legacy::new().await;
    legacy
        .execute(r#"INSERT INTO settings (key, value) VALUES ('guide_link', '"https://wiki.example.com/ours"')"#)
        .await;
    legacy.import().await;
    let rows = legacy.rows("SELECT key, value FROM settings").await;
    let ours: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (text(row, "key").to_owned(), row["value"].clone()))
        .collect();
    let expected = expected();
    let configuration = &expected["settings"]["incident_management_configuration"]["value"];
    assert_eq!(ours["time_zone"], configuration["timezone"]);
    assert_eq!(ours["channel_topic"], configuration["incident_channel_topic"]);
    assert_eq!(ours["postmortems_link"], configuration["incident_postmortems_link"]);
    assert_eq!(ours["meeting_link"], configuration["zoom_link"]);
    assert_eq!(ours["guide_link"], "https://wiki.example.com/ours");
    for severity in ours["severities"].as_array().unwrap() {
        let key = text(severity, "key");
        assert_eq!(
            severity["description"], expected["settings"]["severity_levels"]["value"][key],
            "{key}"
        );
        assert_eq!(severity["page_teams"], json!(["Platform"]), "{key}");
    }
    for role in ours["roles"].as_array().unwrap() {
        assert!(!role.to_string().contains("\\\\n"), "{role}");
    }
    let kept = legacy.rows("SELECT key, record->'value' AS value FROM legacy_records WHERE source = 'application_settings' AND key IN ('quiet_hours', 'status_page_owners') ORDER BY key").await;
    assert_eq!(kept[0]["value"], expected["settings"]["quiet_hours"]["value"]);
    assert_eq!(kept[1]["value"], expected["settings"]["status_page_owners"]["value"]);
}

#[tokio::test]
async fn severities_of_their_own_come_with_their_incidents() {
    let legacy = Legacy::new().await;
    legacy
        .execute(
            r#"UPDATE public.application_settings SET value = '{"Critical": "All of it.", "Other": "The rest."}' WHERE name = 'severity_levels';
               UPDATE public.incidents SET severity = CASE channel_id WHEN 'C00001007' THEN 'Other' WHEN 'C000010EU' THEN 'huge' WHEN 'C000010BC' THEN 'sev1'
                                                                           ELSE 'critical' END"#,
        )
        .await;
    legacy.import().await;
    let rows = legacy
        .rows("SELECT key, value FROM settings WHERE key IN ('severities', 'default_severity') ORDER BY key")
        .await;
    assert_eq!(rows[0]["value"], "other");
    let keys: Vec<_> = rows[1]["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "key"))
        .collect();
    assert_eq!(keys, ["critical", "other"]);
    let incidents = legacy.incidents().await;
    assert_eq!(incidents["C00001007"]["severity"], "other");
    assert_eq!(incidents["C00001088"]["severity"], "critical");
    // One that is no severity there either.
    assert_eq!(incidents["C000010EU"]["severity"], "other");
    assert!(incidents["C000010EU"]["entries"].to_string().contains("“huge”"));
    // One of ours that theirs replace.
    assert_eq!(incidents["C000010BC"]["severity"], "other");
    assert!(incidents["C000010BC"]["entries"].to_string().contains("“sev1”"));
    let settings = store::settings::load(&mut legacy.pool().acquire().await.unwrap())
        .await
        .unwrap();
    assert_eq!(settings.severity_label("other"), "OTHER");
}

#[tokio::test]
async fn what_is_kept_of_a_pin_says_who_when_and_what() {
    let legacy = Legacy::new().await;
    legacy
        .execute("UPDATE public.incident_logging SET img = '\\x00ff00', content = 'see &lt;this&gt;, <@U00000005>' WHERE id = 2")
        .await;
    legacy.import().await;
    let kept = legacy
        .rows("SELECT at, text, octet_length(bytes) AS bytes, record->>'user' AS who FROM legacy_records WHERE source = 'incident_logging' AND key = '2'")
        .await;
    let pins = expected();
    let pin = pins["incidents"][0]["pins"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pin| pin["id"] == 2)
        .unwrap();
    assert_time("a pin", &kept[0]["at"], &pin["pinned_at"]);
    assert_eq!(kept[0]["text"], "see <this>, @Eva Adams");
    assert_eq!(
        (&kept[0]["bytes"], &kept[0]["who"]),
        (&json!(3), &pin["author"]["real_name"])
    );
    let mut conn = legacy.pool().acquire().await.unwrap();
    let incident = store::incidents::of_channel(&mut conn, "C00001007")
        .await
        .unwrap()
        .unwrap();
    let records = store::legacy::records_of_incident(&mut conn, incident.id)
        .await
        .unwrap();
    let records: Vec<_> = records
        .iter()
        .map(|record| (record.source.as_str(), record.file_bytes))
        .collect();
    assert_eq!(records, [("incident_logging", Some(3)), ("incidents", None)]);
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_0_8_2_is_never_written() {
    let legacy = Legacy::new().await;
    let theirs = legacy.theirs().await;
    legacy.import().await;
    let ours = legacy.ours().await;
    let report = legacy.import().await;
    assert_eq!(legacy.ours().await, ours);
    assert_eq!(legacy.theirs().await, theirs);
    assert_eq!(report.json()["incidents"], json!({ "here already": 22 }));
    assert_eq!((report.users_added, report.kept_changed), (0, 0));
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_tells_what_a_real_one_does() {
    let legacy = Legacy::new().await;
    let before = legacy.ours().await;
    let dry = legacy
        .import_with(Import {
            dry_run: true,
            ..Import::default()
        })
        .await
        .json();
    assert_eq!(legacy.ours().await, before);
    let mut real = legacy.import().await.json();
    real["dry_run"] = json!(true);
    assert_eq!(dry, real);
    let after = legacy
        .import_with(Import {
            dry_run: true,
            ..Import::default()
        })
        .await
        .json();
    assert_eq!(after["incidents"], json!({ "here already": 22 }));
}

#[tokio::test]
async fn an_import_that_is_killed_goes_on_where_it_was() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let whole = legacy.ours().await;
    // Between any two transactions.
    for steps in 0..=22 {
        legacy.forget().await;
        legacy
            .import_with(Import {
                stop_after: Some(steps),
                ..Import::default()
            })
            .await;
        let imported = legacy.rows("SELECT count(*) FROM incidents").await;
        assert_eq!(imported, [json!({ "count": steps })]);
        legacy.import().await;
        assert_eq!(legacy.ours().await, whole, "after {steps} incidents");
    }
    // And anywhere within them: what is dropped is a connection that is cut.
    legacy.forget().await;
    let mut patience = Duration::from_millis(20);
    let mut cut = 0;
    while tokio::time::timeout(patience, legacy.try_import(&Import::default()))
        .await
        .is_err()
    {
        cut += 1;
        patience += Duration::from_millis(30);
        legacy.wait_for_the_lock().await;
    }
    assert!(cut > 0);
    legacy.wait_for_the_lock().await;
    legacy.import().await;
    assert_eq!(legacy.ours().await, whole);
}

#[tokio::test]
async fn what_is_new_comes_later_and_what_was_changed_here_stays() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    // 0.8.2 ran once more: an entry, a status, an incident.
    legacy
        .execute(
            r#"UPDATE public.auditlog SET data = (data::jsonb || '[{"log": "Status was changed to monitoring.", "user": null, "content": "", "ts": "2026-11-27T19:00:00 CST"}]')::json
               WHERE incident_id IN ('inc-202611271520-dashboards-empty-since-deploy-4711', 'inc-20266151210-mobile-push-delayed');
               UPDATE public.incidents SET status = 'monitoring', updated_at = '2026-11-27T19:00:00 CST'
               WHERE incident_id IN ('inc-202611271520-dashboards-empty-since-deploy-4711', 'inc-20266151210-mobile-push-delayed');
               INSERT INTO public.incidents SELECT 'inc-new', 'C0NEW', 'inc-new', status, severity, bp_message_ts, dig_message_ts, sp_message_ts,
                   NULL, created_at, updated_at, last_update_sent, tags, commander, technical_lead, communications_liaison, rca
               FROM public.incidents WHERE channel_id = 'C00001007'"#,
        )
        .await;
    renewed::set_status(&legacy, "C00001088", "identified").await;
    let report = legacy.import().await;
    assert_eq!(
        report.json()["incidents"],
        json!({ "new": 1, "brought up to date": 1, "brought up to date, beside what was changed here": 1, "here already": 20 })
    );
    let incidents = legacy.incidents().await;
    assert_eq!(incidents["C000010EU"]["status"], "monitoring");
    assert_eq!(incidents["C00001088"]["status"], "identified");
    for channel in ["C000010EU", "C00001088"] {
        let entries = incidents[channel]["entries"].as_array().unwrap();
        let text = "Status was changed to monitoring.";
        assert!(
            entries.iter().any(|entry| entry["happening"]["text"] == text),
            "{channel}"
        );
        assert_eq!(
            entries
                .iter()
                .filter(|entry| entry["happening"]["what"] == "created")
                .count(),
            1,
            "{channel}"
        );
    }
    assert_eq!(incidents["C0NEW"]["title"], "inc new");
    let ours = legacy.ours().await;
    legacy.import().await;
    assert_eq!(legacy.ours().await, ours);
}

#[tokio::test]
async fn only_one_import_runs_at_a_time() {
    let legacy = Legacy::new().await;
    let _other = legacy.hold_the_lock().await;
    let error = legacy.try_import(&Import::default()).await.unwrap_err();
    assert!(matches!(error, web::ImportError::Running), "{error}");
}

#[tokio::test]
async fn another_database_may_hold_the_tables() {
    let (theirs, ours) = (Legacy::new().await, Legacy::empty().await);
    let import = Import {
        legacy_database: Some(theirs.url().to_owned().into()),
        ..Import::default()
    };
    ours.import_with(import).await;
    assert_incidents(&ours).await;
    let nothing = Legacy::empty().await;
    let error = nothing.try_import(&Import::default()).await.unwrap_err();
    assert!(error.to_string().contains("public.incidents"), "{error}");
}

#[tokio::test]
async fn where_rows_disagree_about_the_zone_nothing_is_imported_unasked() {
    let legacy = Legacy::new().await;
    legacy
        .execute("UPDATE public.incidents SET created_at = '2026-01-10T20:15:04 CST' WHERE channel_id = 'C00001007'")
        .await;
    let error = legacy.try_import(&Import::default()).await.unwrap_err();
    assert!(error.to_string().contains("--process-time-zone"), "{error}");
    assert_eq!(
        legacy.rows("SELECT count(*) FROM incidents").await,
        [json!({ "count": 0 })]
    );
    let asked = Import {
        process_time_zone: Some("UTC".to_owned()),
        ..Import::default()
    };
    legacy.import_with(asked).await;
    assert_incidents(&legacy).await;
}

/// One row broken in each column in each way: everything else comes as before.
async fn break_each_column(broken_table: &str) {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let whole = legacy.incidents().await;
    let users = legacy
        .rows("SELECT email, role FROM console_users ORDER BY email")
        .await;
    let mut tried = 0;
    for (table, id, columns) in support::COLUMNS.iter().filter(|(table, ..)| *table == broken_table) {
        for (column, kind) in *columns {
            for value in kind.broken() {
                tried += 1;
                let what = format!("{table}.{column} = {value}");
                legacy.forget().await;
                legacy.reload().await;
                legacy.break_row(table, id, column, *kind, value).await;
                let report = legacy.try_import(&Import::default()).await;
                let report = report.unwrap_or_else(|error| panic!("{what}: {error}"));
                let incidents = legacy.incidents().await;
                let names = |one: &Value| text(&one["legacy"], "name").to_owned();
                for (channel, before) in &whole {
                    // The broken one may be another now, and what stood under its name.
                    if names(before) == support::BROKEN || *table == "opdata" || *table == "application_settings" {
                        continue;
                    }
                    let mut now = incidents[channel].clone();
                    let mut before = before.clone();
                    for one in [&mut now, &mut before] {
                        one.as_object_mut().unwrap().remove("reminders_until");
                    }
                    assert_eq!(now, before, "{what}");
                }
                if *table == "incidents" {
                    let kept = legacy
                        .rows("SELECT key FROM legacy_records WHERE source = 'incidents'")
                        .await;
                    assert_eq!(kept.len(), 22, "{what}: its row is kept in any case");
                }
                if *table != "users" {
                    assert_eq!(
                        legacy
                            .rows("SELECT email, role FROM console_users ORDER BY email")
                            .await,
                        users,
                        "{what}"
                    );
                }
                assert!(report.json()["notes"].is_array());
                // And again.
                let ours = legacy.ours().await;
                legacy.import().await;
                assert_eq!(legacy.ours().await, ours, "{what}");
            }
        }
    }
    assert!(tried > 5, "{tried}");
}

#[tokio::test]
async fn a_broken_incident_harms_nothing_else() {
    break_each_column("incidents").await;
}

#[tokio::test]
async fn a_broken_timeline_harms_nothing_else() {
    break_each_column("auditlog").await;
}

#[tokio::test]
async fn a_broken_pin_harms_nothing_else() {
    break_each_column("incident_logging").await;
}

#[tokio::test]
async fn a_broken_setting_harms_nothing_else() {
    break_each_column("application_settings").await;
}

#[tokio::test]
async fn broken_people_and_copies_harm_nothing_else() {
    break_each_column("opdata").await;
    break_each_column("users").await;
}

/// A measurement: run it by name, with `--run-ignored`.
#[tokio::test]
#[ignore = "takes a minute"]
async fn five_thousand_incidents_take_less_than_a_minute() {
    let legacy = Legacy::new().await;
    legacy.execute(support::MANY).await;
    let started = Instant::now();
    let report = legacy.import().await;
    let took = started.elapsed();
    println!("{} incidents in {took:?}", report.incidents.values().sum::<usize>());
    let imported = legacy.rows("SELECT count(*) FROM incidents").await;
    assert_eq!(imported, [json!({ "count": 5000 + 22 })]);
    assert!(took < Duration::from_mins(1), "{took:?}");
    let started = Instant::now();
    legacy.import().await;
    println!("again in {:?}", started.elapsed());
}

/// The dump itself is complete.
#[test]
fn the_dump_has_every_incident() {
    for one in expected()["incidents"].as_array().unwrap() {
        assert!(DUMP.contains(text(one, "incident_id")));
    }
}
