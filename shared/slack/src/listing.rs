//! A list of incidents, paged with buttons: in a thread the worker draws it, for one person alone the gateway does.

use std::fmt::Write;

use domain::settings::INCIDENT_COMMANDER;
use domain::{Incident, IncidentId, Settings, local_time};
use serde::Serialize;

use crate::blocks::{Block, button_of, buttons, context, section};
use crate::text::{ago, channel as channel_link, escape, moment};
use crate::values::{ActionId, ListPage};
use crate::{Message, ids};

/// How many incidents stand on a page.
pub const PAGE: i64 = 10;

/// A page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// What is on it, in order.
    pub incidents: &'a [Incident],
    /// Only open ones are listed.
    pub open: bool,
    /// How many there are on all pages.
    pub total: i64,
    /// Whether there is a page before it.
    pub newer: bool,
    /// Whether there is a page after it.
    pub older: bool,
}

/// The list as a message.
pub fn message(listing: &Listing<'_>, settings: &Settings) -> Message {
    let text = match (listing.total, listing.open) {
        (0, true) => "No open incidents.".to_owned(),
        (0, false) => "No incidents yet.".to_owned(),
        (1, true) => "1 open incident".to_owned(),
        (1, false) => "1 incident".to_owned(),
        (total, true) => format!("{total} open incidents, worst first"),
        (total, false) => format!("{total} incidents, open ones first"),
    };
    let mut blocks = vec![section(format!("*{text}*"))];
    blocks.extend(
        listing
            .incidents
            .iter()
            .map(|incident| section(line(incident, settings))),
    );
    blocks.extend(pager(
        listing.incidents,
        (ids::ACTION_LIST_NEWER, listing.newer),
        (ids::ACTION_LIST_OLDER, listing.older),
        |incident| ListPage {
            open: listing.open,
            incident,
        },
    ));
    if listing.open && listing.total > 0 {
        blocks.push(context(format!(
            "`{} list all` shows the resolved ones too.",
            ids::COMMAND
        )));
    }
    Message { text, blocks }
}

/// The buttons to the pages before and after this one.
pub fn pager<V: Serialize>(
    incidents: &[Incident],
    (newer, is_newer): (ActionId<V>, bool),
    (older, is_older): (ActionId<V>, bool),
    value: impl Fn(IncidentId) -> V,
) -> Option<Block> {
    let mut row = Vec::new();
    if let (true, Some(first)) = (is_newer, incidents.first()) {
        row.push(button_of(newer, "Previous", &value(first.id)));
    }
    if let (true, Some(last)) = (is_older, incidents.last()) {
        row.push(button_of(older, "Next", &value(last.id)));
    }
    buttons(row)
}

/// An incident in one line.
pub fn line(incident: &Incident, settings: &Settings) -> String {
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    let mut line = format!(
        "{emoji} {} · *{}* · {}",
        escape(settings.severity_label(&incident.severity)),
        escape(&incident.title),
        escape(settings.status_label(&incident.status)),
    );
    if let Some(resolved_at) = incident.resolved_at {
        let took = local_time::duration(resolved_at - incident.declared_at);
        let _ = write!(line, " after {took} · declared {}", moment(incident.declared_at));
    } else {
        let commander = incident.holder(INCIDENT_COMMANDER);
        let commander = commander.map_or_else(
            || "no commander".to_owned(),
            |holder| format!("commander {}", escape(&holder.name)),
        );
        let _ = write!(line, " · {commander} · {}", ago(incident.declared_at));
    }
    if let Some(channel) = &incident.channel_id {
        let _ = write!(line, " · {}", channel_link(channel));
    }
    line
}
