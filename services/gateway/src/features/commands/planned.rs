//! What is planned, listed and called off in words.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Incident;
use incidents::{CommandError, Planned};
use jobs::payloads::slack::Offer;
use slack::text::{channel as channel_link, escape, moment};
use store::incident_list::Viewer;

use super::act::{Asked, Reply};
use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// The most that one answer lists.
const MOST: usize = 20;
/// How many signs of an id are shown, from its end, where ids differ.
const SIGNS: usize = 8;

/// What is planned, the soonest first.
pub(crate) async fn list(gateway: &Gateway, asked: &Asked<'_>) -> Result<String, CommandError> {
    Ok(sentence(&planned(gateway, asked).await?))
}

/// What is planned, of what whoever asks may see; where others read the answer, of what they all may.
async fn planned(gateway: &Gateway, asked: &Asked<'_>) -> Result<Vec<Planned>, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let mut planned = incidents::planned(&mut conn, &Viewer::in_slack(asked.user), gateway.now()).await?;
    let is_here = |incident: &Incident| incident.channel_id.as_deref() == Some(asked.channel);
    planned.retain(|plan| {
        let secret = plan
            .incident
            .as_ref()
            .filter(|incident| incident.private && !is_here(incident));
        !asked.in_public || secret.is_none()
    });
    Ok(planned)
}

/// Asks whether what has this id, or an id that ends so, is to be called off: its incident may be somebody else's.
pub(crate) async fn ask_to_call_off(gateway: &Gateway, asked: &Asked<'_>, typed: &str) -> Result<Reply, CommandError> {
    let typed = typed.trim_matches('`').replace('-', "").to_lowercase();
    let planned = planned(gateway, asked).await?;
    let is = |plan: &&Planned| {
        let id = plan.id.map(|id| id.simple().to_string());
        id.is_some_and(|id| typed.len() >= SIGNS && id.ends_with(&typed))
    };
    let found = planned.iter().find(is).and_then(|plan| Some((plan, plan.id?)));
    let (plan, id) = found.ok_or(CommandError::NothingPlanned)?;
    Ok(Reply {
        text: question(plan),
        offers: vec![Offer::CallOff(id)],
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
pub(crate) async fn call_off(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(id) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let called_off = incidents::delete_planned(&gateway.pool, &request, id);
    let sentence = match gateway.confirm(called_off).await {
        Ok(what) => format!("Deleted: {what}."),
        Err(trouble) => trouble.sentence(),
    };
    gateway.whisper(pressed, sentence);
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
