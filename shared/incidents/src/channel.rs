//! The channel of an incident is there.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, IncidentId};
use jobs::NewJob;
use jobs::payloads::slack::{
    AddRcaBookmark, Answer, AnswerMention, DrawAccessRequest, DrawDigest, DrawPanel, DrawQuestion, Invite, Remind,
    RenderPage, SayNotices, SetTopic, ShowUpstream, TakeOver, TellDeclarer, Thread,
};
use store::PgConnection;

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
    if incident.declared_by.slack_user_id().is_some() {
        following.push(NewJob::new(&TellDeclarer { incident: id }));
    }
    if let Some(thread) = answer_in {
        following.push(NewJob::new(&AnswerMention {
            name: id.to_string(),
            thread,
            answer: Answer::Declared(id),
            by: incident.declared_by.slack_user_id().map(str::to_owned),
            only_to: None,
        }));
    }
    let settings = store::settings::load(conn).await?;
    following.extend(crate::groups::of_new(&incident, &settings));
    if store::rca_documents::get(conn, id).await?.is_some() {
        following.push(AddRcaBookmark { incident: id }.job(incident.channel_number));
    }
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    jobs::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Everything that has to be in the channel of an incident, and everybody: it is new, or could not be used for a while. The
/// control panel comes first, whichever job is quicker.
pub(crate) async fn catch_up(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    let Some(incident) = store::incidents::get(conn, id).await? else {
        return Ok(Vec::new());
    };
    let mut jobs = vec![
        DrawPanel { incident: id }.job(),
        DrawDigest { incident: id }.job(),
        SetTopic { incident: id }.job(),
    ];
    jobs.extend(invitations(conn, id).await?);
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
            jobs.push(RenderPage::job(page.id));
        }
    }
    for request in store::access_requests::open(conn, id).await? {
        jobs.push(DrawAccessRequest { request }.job());
    }
    for question in store::questions::open(conn, id).await? {
        jobs.push(DrawQuestion { question }.job());
    }
    Ok(jobs)
}

/// Invites everybody who belongs into the channel of an incident. Whoever got a role or an invitation before the channel was
/// there has nothing else that brings them in.
pub(crate) async fn invitations(conn: &mut PgConnection, id: IncidentId) -> Result<Vec<NewJob>, store::Error> {
    let people = store::members::expected(conn, id).await?;
    let invite = |user| NewJob::new(&Invite { incident: id, user });
    Ok(people.into_iter().map(invite).collect())
}
