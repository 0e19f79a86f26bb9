//! The file: what was written, by whom and when, in the company's time zone.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{Incident, Settings};
use slack::text::{from_slack, mentioned_ids};
use store::chat_exports::{Export, Line};

/// Ids of everybody who wrote, and of everybody and everything that is mentioned.
pub(super) fn named(lines: &[Line]) -> Vec<String> {
    let mut ids: Vec<_> = lines
        .iter()
        .flat_map(|line| {
            let mut ids = mentioned_ids(&line.text);
            ids.push(line.author.clone());
            ids
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The file's text. `lines` stand thread by thread.
pub(super) fn text(
    incident: &Incident,
    settings: &Settings,
    export: &Export,
    lines: &[Line],
    names: &HashMap<String, String>,
) -> String {
    let zone = settings.time_zone;
    let by = match export.requested_by.name() {
        "" => String::new(),
        name => format!(" by {name}"),
    };
    let mut text = format!(
        "{}\n#{} · {} · {}\nDeclared by {} {}\nExported{by} {}\nTimes are in {zone}.\n\n",
        incident.title,
        incident.channel_name,
        settings.severity_label(&incident.severity),
        settings.status_label(&incident.status),
        incident.declared_by.name(),
        moment(incident.declared_at, zone),
        moment(export.requested_at, zone),
    );
    for line in lines {
        let name = line.app_name.as_ref().or_else(|| names.get(&line.author));
        let name = name.unwrap_or(&line.author);
        let said = from_slack(&line.text, |user| names.get(user).cloned());
        // An answer stands below what it answers, further in.
        let indent = if line.thread_ts == line.ts { "" } else { "    " };
        let mut rows = said.lines();
        let first = rows.next().unwrap_or_default();
        let _ = writeln!(text, "{indent}[{}] {name}: {first}", written_at(&line.ts, zone));
        for row in rows {
            let _ = writeln!(text, "{indent}    {row}");
        }
        for file in &line.files {
            // Messages of another workspace do not name their files.
            let file = match file.as_str() {
                "" => "its name isn't shown",
                name => name,
            };
            let _ = writeln!(text, "{indent}    [file: {file}]");
        }
    }
    text
}

fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// When a message was written: its `ts` says so.
fn written_at(ts: &str, zone: Tz) -> String {
    let seconds = ts.split('.').next().and_then(|seconds| seconds.parse().ok());
    let at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    at.map_or_else(|| ts.to_owned(), |at| moment(at, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    fn line(ts: &str, thread_ts: &str, author: &str, text: &str) -> Line {
        Line {
            ts: ts.to_owned(),
            thread_ts: thread_ts.to_owned(),
            author: author.to_owned(),
            app_name: None,
            text: text.to_owned(),
            files: Vec::new(),
        }
    }

    #[test]
    fn names_times_threads_and_files() {
        let incident = incident();
        let settings = Settings {
            time_zone: "Europe/Berlin".parse().unwrap(),
            ..Settings::default()
        };
        let export = Export {
            id: uuid(),
            channel_id: "C1".to_owned(),
            requested_by: incident.declared_by.clone(),
            requested_at: incident.declared_at,
            cursor: None,
            channel_read: true,
        };
        let lines = [
            line(
                "1795442530.000100",
                "1795442530.000100",
                "U1",
                "Is it the deploy?\n<@U2> &amp; <#C9|ops>",
            ),
            line("1795442590.000200", "1795442530.000100", "U2", "Yes\nrolling back"),
            Line {
                files: vec!["graph.png".to_owned(), String::new()],
                app_name: Some("deploys".to_owned()),
                ..line("1795442560.000100", "1795442560.000100", "B1", "v2 is out")
            },
            line("1795442600.000100", "1795442600.000100", "U3", ""),
        ];
        assert_eq!(named(&lines), ["B1", "C9", "U1", "U2", "U3"]);
        let names = [("U1", "alice"), ("U2", "bob")].map(|(id, name)| (id.to_owned(), name.to_owned()));
        insta::assert_snapshot!(text(&incident, &settings, &export, &lines, &names.into()));
    }

    fn uuid() -> uuid::Uuid {
        uuid::Uuid::nil()
    }
}
