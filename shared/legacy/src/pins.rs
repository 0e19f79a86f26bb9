//! The pins of an incident.

use chrono::{DateTime, Utc};
use domain::NamedChannel;
use serde_json::Value;

use crate::fields::{text, whole};
use crate::incident::{Remarks, Sources};
use crate::plan::{ImportedPin, Kept, id_of, kept, pin_id};
use crate::read::Row;
use crate::rules::text::{image_type, plain, storable};
use crate::rules::time::Written;

/// Reads the pins of an incident; those of its RCA channel are marked. What cannot be a pin here is kept aside.
pub(crate) fn read(
    channel: &str,
    rca_channel: Option<&NamedChannel>,
    declared_at: DateTime<Utc>,
    rows: &[(&Row, bool)],
    sources: &Sources<'_>,
    remarks: &mut Remarks,
) -> Vec<ImportedPin> {
    let mut pins: Vec<ImportedPin> = Vec::new();
    let mut contents = Vec::new();
    for (row, in_rca) in rows {
        let said = plain(whole(row, "content"), sources.directory);
        let pinned_at = text(row, "ts")
            .and_then(Written::short)
            .map(|written| written.by_process(sources.process));
        let mut put_aside = |reason: &str, image: bool| {
            remarks.kept.push(Kept {
                at: pinned_at,
                text: said.clone(),
                image_of: pin_id(row).filter(|_| image),
                ..kept("incident_logging", &id_of(row), row, reason)
            });
        };
        let Some(id) = pin_id(row) else {
            put_aside("it has no id", false);
            remarks.note("A pin has no id: it is kept aside.");
            continue;
        };
        let has_image = row.get("image_bytes").and_then(Value::as_i64).unwrap_or_default() > 0;
        let image_type = hex(whole(row, "image_head"))
            .as_deref()
            .and_then(image_type)
            .filter(|_| has_image);
        if has_image && image_type.is_none() {
            put_aside("its file is no image that the console can show", true);
            remarks.note(format!(
                "The file {} of a pin is no image that can be shown: it is kept aside.",
                storable(whole(row, "title"))
            ));
            continue;
        }
        if !has_image && !domain::text::is_visible(&said) {
            put_aside("it is empty", false);
            remarks.note("A pin without text or image was left out.");
            continue;
        }
        let author_name = text(row, "user").map_or_else(|| "somebody".to_owned(), storable);
        let content = (author_name.clone(), said.clone(), whole(row, "image_md5").to_owned());
        if contents.contains(&content) {
            put_aside("the same was pinned before", false);
            continue;
        }
        contents.push(content);
        if pinned_at.is_none() {
            put_aside("its time cannot be read", false);
            remarks.note(format!(
                "When a pin was made is not known: “{}” is no time.",
                storable(whole(row, "ts"))
            ));
        }
        let pinned_at = pinned_at.unwrap_or(declared_at);
        let author = sources.directory.by_name(&author_name).unwrap_or_default().to_owned();
        pins.push(ImportedPin {
            id,
            channel_id: rca_channel
                .filter(|_| *in_rca)
                .map_or_else(|| channel.to_owned(), |rca| rca.id.clone()),
            ts: format!("{}.{:06}", pinned_at.timestamp(), id.rem_euclid(1_000_000)),
            author,
            author_name,
            text: said,
            pinned_at,
            image: image_type.map(|kind| {
                let name = text(row, "title").map_or_else(|| format!("image-{id}"), storable);
                (name, kind)
            }),
        });
    }
    pins
}

fn hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
