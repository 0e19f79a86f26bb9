//! Who is on call, and what is done about them there.

use incidents::CommandError;
use slack::Message;
use slack::blocks::View;
use slack::on_call::{MOST, Shown, message};
use slack::values::{Nothing, OnCallOption};

use super::modal;
use super::open::Chosen;
use crate::Gateway;
use crate::answer::Trouble;
use crate::features::incident::incident_of_channel;
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};

/// Who is on call, of the teams that have all of these words.
pub(crate) async fn answer(gateway: &Gateway, words: &[String]) -> Result<Message, CommandError> {
    let now = gateway.now();
    let mut conn = gateway.pool.acquire().await?;
    let state = store::on_call::state(&mut conn).await?;
    let mut most = i64::try_from(MOST).unwrap_or(i64::MAX);
    if words.is_empty() {
        // How many more there are is said.
        most = store::on_call::count_teams(&mut conn).await?.max(most);
    }
    let teams = store::on_call::teams(&mut conn, words, most, now).await?;
    Ok(message(&Shown {
        teams: &teams,
        is_search: !words.is_empty(),
        state: &state,
        now,
    }))
}

/// Has PagerDuty read again.
pub(super) async fn refresh_pressed(gateway: &Gateway, pressed: &Pressed, _: &Action, _: Nothing) {
    refresh(gateway, pressed).await;
}

async fn refresh(gateway: &Gateway, pressed: &Pressed) {
    let refreshed = incidents::refresh_on_call(&gateway.pool, None, gateway.now());
    let sentence = match gateway.confirm(refreshed).await {
        Ok(()) => "Syncing with PagerDuty. Try again in a moment.".to_owned(),
        Err(trouble) => trouble.of_press(),
    };
    gateway.send_ephemeral(pressed, sentence);
}

/// Invites somebody who is on call, or has PagerDuty read again.
pub(super) async fn act(gateway: &Gateway, pressed: &Pressed, action: &Action, option: OnCallOption) {
    match option {
        OnCallOption::Invite { person } => invite(gateway, pressed, action, person).await,
        OnCallOption::Refresh => refresh(gateway, pressed).await,
        // A form opened.
        OnCallOption::PageTeam { .. } | OnCallOption::PagePerson { .. } => {}
    }
}

/// The form to page the team or the person that was chosen, for the incident in whose channel that was done.
pub(super) fn page_form(pressed: &Pressed, option: OnCallOption) -> Option<Form> {
    let (team, person) = match option {
        OnCallOption::PageTeam { team } => (team, None),
        OnCallOption::PagePerson { team, person } => (team, Some(person)),
        OnCallOption::Invite { .. } | OnCallOption::Refresh => return None,
    };
    Some(Form::Page(Chosen {
        incident: None,
        channel: pressed.channel.as_ref().map(|channel| channel.id.clone()),
        team: Some(team),
        person,
    }))
}

/// Invites somebody to the incident in whose channel it was pressed; elsewhere a form asks for one.
async fn invite(gateway: &Gateway, pressed: &Pressed, action: &Action, person: String) {
    if let Some(incident) = here(gateway, pressed).await {
        let request = pressed.request(gateway, action);
        let invited = incidents::invite_person(&gateway.pool, &request, incident, &person);
        gateway.confirm_press(pressed, invited).await;
        return;
    }
    gateway.open(Opener::of(pressed), Form::Invite { person });
}

/// The form that asks which incident somebody is invited to.
pub(crate) async fn invite_form(gateway: &Gateway, user: &str) -> Result<View, Trouble> {
    gateway
        .for_form(async {
            let mut conn = gateway.pool.acquire().await?;
            let name = store::slack_users::name(&mut conn, user).await?;
            let settings = gateway.pool.settings(&mut conn).await?;
            Ok(modal::invite(user, name.as_deref().unwrap_or(user), &settings))
        })
        .await
}

/// The incident in whose channel it was pressed, or in the one about its causes.
async fn here(gateway: &Gateway, pressed: &Pressed) -> Option<domain::IncidentId> {
    let channel = pressed.channel.as_ref()?;
    let found = gateway.for_form(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(incident_of_channel(&mut conn, &pressed.user.id, &channel.id).await?)
    });
    found.await.ok().flatten().map(|incident| incident.id)
}
