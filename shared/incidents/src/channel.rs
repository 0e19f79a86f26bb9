//! The channel of an incident is there.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, ChannelLost, Incident, IncidentId};
use jobs::{
    AddRcaBookmark, Answer, AnswerMention, DrawAccessRequest, DrawDigest, DrawPanel, DrawQuestion, Invite, Remind,
    RenderPage, SayNotices, SetTopic, ShowUpstream, TakeOver, TellDeclarer, Thread,
};
use queue::NewJob;
use store::PgConnection;

/// What Slack says of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// It can be used. It may have another name by now.
    Open {
        /// Its name as Slack writes it.
        name: String,
        /// Whether the bot has just come back into it.
        rejoined: bool,
    },
    /// It is archived.
    Archived,
    /// It cannot be used otherwise.
    Lost(ChannelLost),
}

/// Keeps the channel that Slack made for an incident and enqueues everything that waited for it, in the transaction of
/// the job that made the channel.
///
/// `name` is the channel's name as Slack writes it.
pub async fn channel_created(
    conn: &mut PgConnection,
    id: IncidentId,
    channel_id: &str,
    name: &str,
    answer_in: Option<Thread>,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    if incident.channel_id.is_some() {
        return Ok(());
    }
    store::incidents::set_channel(conn, id, channel_id, name, now).await?;
    let happening = Happening::ChannelCreated { name: name.to_owned() };
    store::timeline::append(conn, id, now, &Actor::System, &happening, false).await?;

    let mut following = catch_up(conn, id, now).await?;
    // Nobody was in it yet.
    following.extend(invitations(id, store::members::expected(conn, id).await?));
    if incident.declared_by.slack_user_id().is_some() {
        following.push(NewJob::new(&TellDeclarer { incident: id }));
    }
    if let Some(thread) = answer_in {
        following.push(
            AnswerMention {
                name: id.to_string(),
                thread,
                answer: Answer::Declared(id),
                by: incident.declared_by.slack_user_id().map(str::to_owned),
                only_to: None,
            }
            .job(id),
        );
    }
    let settings = store::settings::load(conn).await?;
    following.extend(crate::groups::of_new(&incident, &settings));
    if store::rca_documents::get(conn, id).await?.is_some() {
        following.push(AddRcaBookmark { incident: id }.for_channel(incident.channel_number));
    }
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// The same for a channel that could not be used for a while, and whoever was to be invited meanwhile.
pub(crate) async fn usable_again(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    let mut jobs = catch_up(conn, id, now).await?;
    // Nobody has listed who is in the channel of 0.8.2: everybody would be invited who is in it or has left it.
    let imported = store::legacy::of_incident(conn, id).await?;
    if imported.is_some_and(|imported| imported.taken_over_at.is_none()) {
        return Ok(jobs);
    }
    jobs.extend(invitations(id, store::members::expected_and_unseen(conn, id).await?));
    if let Some(incident) = store::incidents::get(conn, id).await? {
        let settings = store::settings::load(conn).await?;
        jobs.extend(crate::groups::of_usable_again(conn, &incident, &settings).await?);
    }
    Ok(jobs)
}

/// Makes somebody a member of an incident, whom a job invites into its channel: now, or when the channel can be used again.
pub(crate) async fn add_member(
    conn: &mut PgConnection,
    incident: &Incident,
    slack_user: &str,
) -> Result<(), store::Error> {
    if incident.open_channel().is_some() {
        store::members::add(conn, incident.id, slack_user).await
    } else {
        store::members::add_for_later(conn, incident.id, slack_user).await
    }
}

/// Everything that has to be in the channel of an incident: it is new, or could not be used for a while. The control panel
/// comes first, whichever job is quicker.
async fn catch_up(conn: &mut PgConnection, id: IncidentId, now: DateTime<Utc>) -> Result<Vec<NewJob>, store::Error> {
    let Some(incident) = store::incidents::get(conn, id).await? else {
        return Ok(Vec::new());
    };
    let mut jobs = vec![
        DrawPanel { incident: id }.job(),
        DrawDigest { incident: id }.job(),
        SetTopic { incident: id }.job(),
    ];
    if store::notices::any(conn, id).await? {
        jobs.push(SayNotices { incident: id }.job());
    }
    // They wait for a channel.
    if let Some(next_at) = store::reminders::get(conn, id)
        .await?
        .next_at
        .filter(|next| *next <= now)
    {
        jobs.push(Remind { incident: id }.at(next_at));
    }
    if !store::settings::load(conn).await?.providers.is_empty() {
        jobs.push(ShowUpstream { incident: id }.job());
    }
    if crate::legacy::to_take_over(conn, id).await?.is_some() {
        jobs.push(TakeOver { incident: id }.job());
    }
    jobs.extend(crate::statuspage::of_new_channel(conn, id, incident.private).await?);
    // What became of pages is shown in the channel that there is now.
    for page in store::pages::of_incident(conn, id).await? {
        if incident.channel_number == 1 || page.is_under_way() {
            jobs.push(RenderPage { page: page.id }.job(id));
        }
    }
    for request in store::access_requests::open(conn, id).await? {
        jobs.push(DrawAccessRequest { request }.job(id));
    }
    for question in store::prompts::open(conn, id).await? {
        jobs.push(DrawQuestion { question }.job(id));
    }
    Ok(jobs)
}

/// Whoever got a role or an invitation while there was no channel has nothing else that brings them in.
fn invitations(id: IncidentId, people: Vec<String>) -> impl Iterator<Item = NewJob> {
    people
        .into_iter()
        .map(move |user| NewJob::new(&Invite { incident: id, user }))
}
