//! What is planned, listed and called off in words.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Incident;
use incidents::{CommandError, Planned};
use slack::blocks::button_of;
use slack::commands::first_word;
use slack::ids;
use slack::text::{channel as channel_link, escape, moment};
use store::incident_list::Viewer;
use uuid::Uuid;

use super::outcome::{Invocation, Outcome, Reply};
use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// The most that one answer lists.
const MOST: usize = 20;
/// How many signs of an id are shown, from its end, where ids differ.
const SIGNS: usize = 8;

/// Lists what is planned, the soonest first, or asks before it calls something off.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let (what, id) = first_word(typed);
    match what.to_lowercase().as_str() {
        "" | "list" => Ok(sentence(&planned(gateway, invocation).await?).into()),
        "delete" => Ok(ask_to_call_off(gateway, invocation, id).await?.into()),
        _ => Outcome::unknown(gateway, &format!("scheduler {typed}")).await,
    }
}

/// What is planned, of what whoever asks may see; where others read the answer, of what they all may.
async fn planned(gateway: &Gateway, invocation: &Invocation) -> Result<Vec<Planned>, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let mut planned = incidents::planned(&mut conn, &Viewer::in_slack(&invocation.user), gateway.now()).await?;
    let is_here = |incident: &Incident| incident.channel_id.as_deref() == Some(invocation.channel.as_str());
    planned.retain(|plan| {
        let secret = plan
            .incident
            .as_ref()
            .filter(|incident| incident.private && !is_here(incident));
        !invocation.is_public() || secret.is_none()
    });
    Ok(planned)
}

/// Asks whether what has this id, or an id that ends so, is to be called off: its incident may be somebody else's.
async fn ask_to_call_off(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Reply, CommandError> {
    let typed = typed.trim_matches('`').replace('-', "").to_lowercase();
    let planned = planned(gateway, invocation).await?;
    let is = |plan: &&Planned| {
        let id = plan.id.map(|id| id.simple().to_string());
        id.is_some_and(|id| typed.len() >= SIGNS && id.ends_with(&typed))
    };
    let found = planned.iter().find(is).and_then(|plan| Some((plan, plan.id?)));
    let (plan, id) = found.ok_or(CommandError::NothingPlanned)?;
    Ok(Reply {
        text: question(plan),
        buttons: vec![button_of(ids::ACTION_CALL_OFF, "Delete", &id)],
    })
}

fn question(plan: &Planned) -> String {
    let about = plan.incident.as_ref().map(|incident| {
        let channel = incident
            .open_channel()
            .map(|channel| format!(" ({})", channel_link(channel)));
        format!(" of *{}*{}", escape(&incident.title), channel.unwrap_or_default())
    });
    format!(
        "Delete the {}{}, due {}? This is posted in its channel.",
        escape(&plan.what),
        about.unwrap_or_default(),
        moment(plan.at)
    )
}

/// Calls off what somebody was asked about.
pub(super) async fn call_off(gateway: &Gateway, pressed: &Pressed, action: &Action, id: Uuid) {
    let request = pressed.request(gateway, action);
    let called_off = incidents::delete_planned(&gateway.pool, &request, id);
    let sentence = match gateway.confirm(called_off).await {
        Ok(what) => format!("Deleted: {what}."),
        Err(trouble) => trouble.sentence(),
    };
    gateway.send_ephemeral(pressed, sentence);
}

fn sentence(planned: &[Planned]) -> String {
    if planned.is_empty() {
        return "Nothing is scheduled.".to_owned();
    }
    let mut lines: Vec<_> = planned.iter().take(MOST).map(line).collect();
    if planned.len() > MOST {
        lines.push(format!("… and {} more", planned.len() - MOST));
    }
    lines.join("\n")
}

fn line(plan: &Planned) -> String {
    let id = plan.id.map(|id| id.simple().to_string());
    let id = id.map(|id| format!("`{}`  ", &id[id.len() - SIGNS..]));
    let about = plan
        .incident
        .as_ref()
        .map(|incident| format!(": {}", escape(&incident.title)));
    let every = plan.every.map(|every| format!(", every {}", period(every)));
    format!(
        "{}{} · {}{}{}",
        id.unwrap_or_default(),
        moment(plan.at),
        escape(&plan.what),
        about.unwrap_or_default(),
        every.unwrap_or_default()
    )
}

fn period(every: Duration) -> String {
    match every.as_secs() {
        seconds @ 1..60 => format!("{seconds} s"),
        _ => domain::local_time::duration(TimeDelta::from_std(every).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use domain::Incident;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn what_comes_once_and_what_comes_again() {
        let once = Planned {
            id: Some(incident().id.0),
            what: "update reminder".to_owned(),
            incident: Some(Incident {
                title: "Payments <fail>".to_owned(),
                ..incident()
            }),
            at: incident().declared_at,
            every: None,
        };
        let again = Planned {
            id: None,
            what: "sync people".to_owned(),
            incident: None,
            at: incident().declared_at,
            every: Some(Duration::from_hours(1)),
        };
        assert_eq!(
            question(&once),
            format!(
                "Delete the update reminder of *Payments &lt;fail&gt;*, due {}? This is posted in its channel.",
                moment(once.at)
            )
        );
        insta::assert_snapshot!(sentence(&[once, again]));
        assert_eq!(sentence(&[]), "Nothing is scheduled.");
    }
}
