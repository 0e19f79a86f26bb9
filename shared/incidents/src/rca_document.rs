//! The RCA document: asked for, put together, written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::paging::PageState;
use domain::rca::{
    Document, Entry, Image, Link, Links, Page, Person, Pin, RoleRow, Update, channel_address, file_name,
};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::{
    AddRcaBookmark, AttachRcaImage, CheckRcaChannel, DrawDigest, RcaFormat, SayNotices, TellRcaDocument, UploadRca,
    WriteRcaDocument,
};
use queue::NewJob;
use store::rca_documents::{self, Destination, RcaDocument};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request, archive};

/// Has the RCA document written in Confluence, or written again.
pub async fn write_rca_document(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if !rca_documents::destination(change.conn()).await?.available {
        return Err(CommandError::NoConfluence);
    }
    if change.incident.private {
        return Err(CommandError::PrivateDocument);
    }
    write(&mut change);
    change.commit().await
}

fn write(change: &mut Change) {
    let job = WriteRcaDocument {
        incident: change.incident.id,
        writing: Uuid::now_v7(),
        by: change.request().actor.clone(),
    };
    change.job(job.job());
}

/// Has the document written when an incident is resolved, where that is wanted. Of a private one nothing is written where
/// others could read it.
pub(crate) async fn resolved(change: &mut Change) -> Result<(), CommandError> {
    let Destination { available, automatic } = rca_documents::destination(change.conn()).await?;
    if !available || !automatic || change.incident.private {
        return Ok(());
    }
    let id = change.incident.id;
    // Of incident-bot 0.8.2: another one beside it would be empty where people have begun to write.
    let has_another =
        change.incident.rca_document_url.is_some() && rca_documents::get(change.conn(), id).await?.is_none();
    if !has_another {
        write(change);
    }
    Ok(())
}

/// Has the document put into a file that is shared in the channel where it was asked for, or in the incident's.
pub async fn export_rca_document(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    format: RcaFormat,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let rca = change.incident.open_rca_channel().map(|channel| channel.id.clone());
    let in_rca = rca.is_some() && rca == change.request().channel;
    let channel = if in_rca {
        rca
    } else {
        change.incident.channel_id.clone()
    };
    let channel = channel.ok_or(CommandError::ChannelNotReady)?;
    if !in_rca {
        archive::can_be_used(&change.incident)?;
    }
    change.job(NewJob::new(&UploadRca {
        incident: id,
        export: Uuid::now_v7(),
        channel,
        format,
    }));
    change.commit().await
}

/// How the page came to be what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is new.
    New,
    /// Nobody had edited it.
    Again,
    /// People had edited it, so a new part stands below.
    Below,
}

/// Keeps the page that was written, and has people told, in the transaction of the job that wrote it.
pub async fn rca_document_written(
    conn: &mut PgConnection,
    id: IncidentId,
    document: &RcaDocument,
    written: Written,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    rca_documents::keep(conn, id, document, now).await?;
    let happening = Happening::RcaDocumentWritten {
        title: document.title.clone(),
        url: document.url.clone(),
        again: written != Written::New,
    };
    store::timeline::append(conn, id, now, by, &happening, true).await?;
    touched(conn, id, now, "RCA document written").await?;
    let mut following = vec![
        SayNotices { incident: id }.job(),
        TellRcaDocument {
            incident: id,
            version: document.version,
            below: written == Written::Below,
        }
        .job(),
        DrawDigest { incident: id }.job(),
    ];
    if incident.rca_channel_lost.is_some() {
        // Nobody may have heard that it can be used again.
        following.push(CheckRcaChannel { incident: id }.job());
    }
    if written == Written::New {
        following.push(AddRcaBookmark { incident: id }.for_channel(incident.channel_number));
    }
    for image in store::pins::images_of_incident(conn, id).await? {
        let attach = AttachRcaImage {
            incident: id,
            page: document.page_id.clone(),
            file: image.file_id,
        };
        following.push(attach.job());
    }
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Puts the document of an incident together. `console` is the address of its page in the console; `accounts` are
/// Confluence's ids of people in Slack.
pub async fn rca_document(
    conn: &mut PgConnection,
    incident: &Incident,
    settings: &Settings,
    console: Option<String>,
    accounts: &BTreeMap<String, String>,
) -> Result<Document, store::Error> {
    let mut entries = store::timeline::of_incident(conn, incident.id).await?;
    // What the bot could not do is no part of the incident.
    entries.retain(|entry| {
        !matches!(
            entry.happening,
            Happening::Problem { .. } | Happening::TriedAgain { .. }
        )
    });
    let changes = store::incidents::status_changes(conn, incident.id).await?;
    let pins = store::pins::of_incident(conn, incident.id).await?;
    let images = store::pins::images_of_incident(conn, incident.id).await?;
    let pages = store::pages::of_incident(conn, incident.id).await?;
    let person = |name: &str, user: Option<&str>| Person {
        name: name.to_owned(),
        account: user.and_then(|user| accounts.get(user)).cloned(),
    };
    // The second status is the one in which the cause is known.
    let identified = settings.statuses.get(1).filter(|status| !status.resolved);
    let identified = identified.and_then(|status| changes.iter().find(|change| change.status == status.key));
    let severity = settings.severity(&incident.severity);
    Ok(Document {
        incident: incident.id,
        title: incident.title.clone(),
        description: incident.description.clone(),
        severity: format!(
            "{} {}",
            settings.severity_emoji(&incident.severity),
            settings.severity_label(&incident.severity)
        ),
        severity_definition: severity
            .map(|severity| severity.description.clone())
            .unwrap_or_default(),
        status: settings.status_label(&incident.status).to_owned(),
        declared_by: person(incident.declared_by.name(), incident.declared_by.slack_user_id()),
        zone: settings.time_zone,
        declared_at: incident.declared_at,
        identified_at: identified.map(|change| change.at),
        resolved_at: incident.resolved_at,
        roles: settings
            .roles
            .iter()
            .map(|role| RoleRow {
                label: role.label.clone(),
                holder: incident
                    .holder(&role.key)
                    .map(|holder| person(&holder.name, Some(&holder.user_id))),
            })
            .collect(),
        updates: entries
            .iter()
            .filter_map(|entry| match &entry.happening {
                Happening::UpdateSent { resources, message } => Some(Update {
                    at: entry.at,
                    by: entry.actor.name().to_owned(),
                    resources: resources.clone(),
                    message: message.clone(),
                }),
                _ => None,
            })
            .collect(),
        timeline: entries
            .iter()
            // What became of the document itself says nothing of the incident.
            .filter(|entry| !matches!(entry.happening, Happening::RcaDocumentWritten { .. }))
            .map(|entry| Entry {
                at: entry.at,
                who: entry.actor.name().to_owned(),
                what: entry.happening.text(&entry.actor, settings),
            })
            .collect(),
        pins: pins.into_iter().map(|pin| pinned(pin, &images)).collect(),
        pages: pages.into_iter().map(called).collect(),
        links: links(incident, console),
    })
}

/// A page as the document tells of it.
fn called(page: domain::paging::Page) -> Page {
    let state = match (page.state, page.acknowledged.as_ref()) {
        (_, Some((at, by))) => {
            let minutes = (*at - page.paged_at).num_minutes().max(0);
            let by = if by.is_empty() { "somebody" } else { by };
            format!("acknowledged by {by} after {minutes} min")
        }
        (PageState::Failed, None) => "not sent".to_owned(),
        (PageState::Withdrawn, None) => "no longer needed".to_owned(),
        (_, None) => "not acknowledged".to_owned(),
    };
    Page {
        at: page.paged_at,
        team: page.whom(),
        by: match page.paged_by.name() {
            "" => "automatically".to_owned(),
            name => name.to_owned(),
        },
        message: page.message,
        state,
    }
}

fn pinned(pin: store::pins::Pin, images: &[store::pins::KeptImage]) -> Pin {
    let images = images.iter().filter(|image| image.ts == pin.ts).map(|image| Image {
        file: file_name(&image.file_id, &image.name),
        name: image.name.clone(),
    });
    Pin {
        at: written_at(&pin.ts),
        images: images.collect(),
        author: pin.author_name,
        pinned_by: pin.pinned_by.name().to_owned(),
        text: pin.text,
    }
}

fn links(incident: &Incident, console: Option<String>) -> Links {
    let channel = |label: &str, name: &str, id: &str| Link {
        label: format!("#{name}{label}"),
        address: channel_address(id),
    };
    let own = incident.channel_id.as_ref();
    let rca = incident.readable_rca_channel();
    Links {
        channel: own.map(|id| channel(" in Slack", &incident.channel_name, id)),
        rca_channel: rca.map(|rca| channel(" in Slack (post-incident)", &rca.name, &rca.id)),
        console: console.map(|address| Link {
            label: "Console".to_owned(),
            address,
        }),
    }
}

/// When a message was written: its `ts` says so.
fn written_at(ts: &str) -> Option<DateTime<Utc>> {
    let seconds = ts.split('.').next()?.parse().ok()?;
    DateTime::from_timestamp(seconds, 0)
}
