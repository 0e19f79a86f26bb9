//! The copy of Slack's people, channels and groups, kept fresh by what Slack tells of them.
//!
//! Events are read here as they come, because slack-morphism leaves out some kinds and wants fields that nobody needs.

use chrono::{DateTime, Utc};
use incidents::CommandError;
use jobs::CopyGroupMembers;
use queue::EnqueueError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use slack::{Channel, Profile, UserGroup};
use store::slack_channels::{self, SlackChannel};
use store::slack_groups::{self, SlackGroup};
use store::slack_users::{self, SlackUser, Standing};

use crate::Gateway;
use crate::answer::Answer;

/// Something in Slack changed that is copied.
#[derive(Debug, PartialEq)]
pub(crate) enum News {
    /// Somebody is new, or changed.
    Person(SlackUser),
    /// A user group is new, or changed; with who is in it, where Slack says so.
    Group(SlackGroup, Option<Vec<String>>),
    /// Others are in a user group now.
    GroupMembers(String),
    /// A channel is new.
    Channel(SlackChannel),
    /// A channel has another name.
    ChannelRenamed { id: String, name: String },
    /// A channel was archived, or opened again.
    ChannelArchived { id: String, archived: bool },
    /// A channel is shared with another workspace, or not any more.
    ChannelShared { id: String, ext_shared: bool },
    /// A channel was deleted.
    ChannelDeleted(String),
    /// The bot came into a channel, or is in it no more.
    Bot { channel: String, is_in: bool },
    /// Somebody came into a channel, or left it, at this time.
    Member {
        channel: String,
        user: String,
        is_in: bool,
        at: DateTime<Utc>,
    },
}

impl News {
    /// Reads an event; `None` for one that changes nothing that is copied.
    pub(crate) fn read(payload: &Value) -> Option<Self> {
        let event = &payload["event"];
        let kind = event["type"].as_str()?;
        let channel_id = || event["channel"].as_str().map(str::to_owned);
        match kind {
            "user_change" | "team_join" => {
                let profile = Profile::read(event["user"].clone())?;
                Some(Self::Person(SlackUser {
                    id: profile.id,
                    name: profile.name,
                    email: profile.email,
                    active: profile.active,
                    is_bot: profile.is_bot,
                    standing: Standing {
                        guest: profile.is_guest,
                        stranger: profile.is_stranger,
                        team_id: profile.team_id,
                    },
                }))
            }
            "subteam_created" | "subteam_updated" => {
                let group = UserGroup::read(event["subteam"].clone())?;
                let known = SlackGroup {
                    active: group.is_active(),
                    id: group.id,
                    handle: group.handle,
                    name: group.name,
                };
                Some(Self::Group(known, group.users))
            }
            "subteam_members_changed" => Some(Self::GroupMembers(event["subteam_id"].as_str()?.to_owned())),
            "channel_created" => {
                let channel: Channel = read(&event["channel"])?;
                Some(Self::Channel(SlackChannel {
                    // Whoever makes a channel is in it.
                    member: channel.is_member || Some(channel.creator.as_str()) == bot(payload),
                    id: channel.id,
                    name: channel.name,
                    private: channel.is_private,
                    archived: channel.is_archived,
                    ext_shared: channel.is_ext_shared,
                }))
            }
            "channel_rename" | "group_rename" => {
                let channel: Channel = read(&event["channel"])?;
                Some(Self::ChannelRenamed {
                    id: channel.id,
                    name: channel.name,
                })
            }
            "channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive" => {
                Some(Self::ChannelArchived {
                    id: channel_id()?,
                    archived: kind.ends_with("_archive"),
                })
            }
            "channel_shared" => Some(Self::ChannelShared {
                id: channel_id()?,
                ext_shared: true,
            }),
            // Others may share it still.
            "channel_unshared" => Some(Self::ChannelShared {
                id: channel_id()?,
                ext_shared: event["is_ext_shared"].as_bool().unwrap_or(true),
            }),
            "channel_deleted" | "group_deleted" => Some(Self::ChannelDeleted(channel_id()?)),
            "channel_left" | "group_left" => Some(Self::Bot {
                channel: channel_id()?,
                is_in: false,
            }),
            "member_joined_channel" | "member_left_channel" => {
                let (channel, user) = (channel_id()?, event["user"].as_str()?.to_owned());
                let is_in = kind == "member_joined_channel";
                if Some(user.as_str()) == bot(payload) {
                    return Some(Self::Bot { channel, is_in });
                }
                let at = moment(event["event_ts"].as_str()?)?;
                Some(Self::Member {
                    channel,
                    user,
                    is_in,
                    at,
                })
            }
            _ => None,
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// The bot's user, for whom Slack sends the event.
fn bot(payload: &Value) -> Option<&str> {
    payload["authorizations"][0]["user_id"].as_str()
}

/// The time that a `ts` stands for, to the microsecond.
fn moment(ts: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = ts.split_once('.').unwrap_or((ts, "0"));
    let micros = format!("{micros:0<6}").get(..6)?.parse::<u32>().ok()?;
    DateTime::from_timestamp(seconds.parse().ok()?, micros * 1_000)
}

/// Keeps the news; who is in the channel of a private incident may see it.
pub(crate) async fn hear(gateway: &Gateway, news: News) -> Answer {
    match keep(gateway, news).await {
        Ok(()) => Answer::done(),
        Err(error) => {
            tracing::error!(%error, "an event from Slack could not be stored");
            Answer::SendAgain
        }
    }
}

async fn keep(gateway: &Gateway, news: News) -> Result<(), CommandError> {
    if let News::Member {
        channel,
        user,
        is_in,
        at,
    } = news
    {
        return incidents::member_moved(&gateway.pool, &channel, &user, is_in, at).await;
    }
    let closed = match &news {
        News::Person(user) if !user.active || user.standing.guest => Some(user.id.clone()),
        _ => None,
    };
    let mut tx = gateway.pool.begin().await?;
    // What became of the channel of an incident is asked of Slack: events come twice, late and in any order.
    match &news {
        News::ChannelDeleted(channel) | News::Bot { channel, is_in: false } => {
            incidents::check_channel(&mut tx, channel, gateway.now()).await?;
        }
        News::Bot { channel, is_in: true } => {
            incidents::bot_came_back(&mut tx, channel, gateway.now()).await?;
        }
        // Who archives an incident's own channel is noted.
        News::ChannelArchived { id, archived } => {
            incidents::check_rca_channel(&mut tx, id, gateway.now()).await?;
            if !archived {
                incidents::left_channel_opened(&mut tx, id, gateway.now()).await?;
            }
        }
        _ => {}
    }
    match news {
        News::Person(user) => slack_users::heard(&mut tx, &user).await?,
        News::Group(group, users) => {
            slack_groups::keep(&mut tx, &group).await?;
            match users {
                Some(users) => slack_groups::set_members(&mut tx, &group.id, &users).await?,
                None => copy_members(&mut tx, group.id).await?,
            }
        }
        News::GroupMembers(group) => copy_members(&mut tx, group).await?,
        News::Channel(channel) => slack_channels::keep(&mut tx, &[channel]).await?,
        News::ChannelRenamed { id, name } => slack_channels::rename(&mut tx, &id, &name).await?,
        News::ChannelArchived { id, archived } => slack_channels::set_archived(&mut tx, &id, archived).await?,
        News::ChannelShared { id, ext_shared } => slack_channels::set_ext_shared(&mut tx, &id, ext_shared).await?,
        News::ChannelDeleted(id) => slack_channels::gone(&mut tx, &id).await?,
        News::Bot { channel, is_in } => slack_channels::set_member(&mut tx, &channel, is_in).await?,
        News::Member { .. } => {}
    }
    tx.commit().await?;
    match closed {
        Some(user) => incidents::account_closed(&gateway.pool, &user, gateway.now()).await,
        None => Ok(()),
    }
}

/// Slack tells who came and who went; asking who is in it now is right in whatever order that is told.
async fn copy_members(conn: &mut store::PgConnection, group: String) -> Result<(), EnqueueError> {
    queue::enqueue(conn, vec![CopyGroupMembers { group }.job()]).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(event: &Value) -> Option<News> {
        News::read(&json!({ "event": event, "authorizations": [{ "user_id": "UBOT" }] }))
    }

    #[test]
    fn people_and_groups() {
        let user = json!({ "id": "U1", "name": "al", "deleted": true, "profile": { "display_name": "alice", "email": "a@b" } });
        let Some(News::Person(person)) = read(&json!({ "type": "user_change", "user": user })) else {
            panic!("not read");
        };
        assert_eq!((person.name.as_str(), person.active), ("alice", false));
        let group = json!({ "id": "S1", "handle": "oncall", "name": "On call", "date_delete": 0, "users": ["U1"] });
        let Some(News::Group(group, users)) = read(&json!({ "type": "subteam_created", "subteam": group })) else {
            panic!("not read");
        };
        assert!(group.active);
        assert_eq!(users.unwrap(), ["U1"]);
        let changed = read(&json!({ "type": "subteam_members_changed", "subteam_id": "S1" }));
        assert_eq!(changed, Some(News::GroupMembers("S1".to_owned())));
    }

    #[test]
    fn channels_and_who_is_in_them() {
        let made = json!({ "id": "C1", "name": "inc-1", "creator": "UBOT", "created": 5 });
        let Some(News::Channel(channel)) = read(&json!({ "type": "channel_created", "channel": made })) else {
            panic!("not read");
        };
        assert!(channel.member && !channel.archived);
        let opened = read(&json!({ "type": "group_unarchive", "channel": "C1" }));
        assert!(matches!(opened, Some(News::ChannelArchived { archived: false, .. })));
        let shared = |event: &Value| match read(event) {
            Some(News::ChannelShared { ext_shared, .. }) => ext_shared,
            other => panic!("{other:?}"),
        };
        assert!(shared(
            &json!({ "type": "channel_shared", "connected_team_id": "T2", "channel": "C1" })
        ));
        let ended = |still: bool| json!({ "type": "channel_unshared", "channel": "C1", "is_ext_shared": still });
        assert!(shared(&ended(true)) && !shared(&ended(false)));
        let moved = |user: &str| {
            read(&json!({
                "type": "member_left_channel", "channel": "C1", "user": user, "event_ts": "1700000000.000200"
            }))
        };
        assert!(matches!(moved("UBOT"), Some(News::Bot { is_in: false, .. })));
        let Some(News::Member { at, is_in, .. }) = moved("U1") else {
            panic!("not read");
        };
        assert_eq!((at.timestamp_micros(), is_in), (1_700_000_000_000_200, false));
        assert_eq!(read(&json!({ "type": "reaction_added" })), None);
    }
}
