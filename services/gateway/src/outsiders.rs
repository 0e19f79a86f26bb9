//! Who may act and see: full members of the company's workspace. Decided here alone, before anything is routed.
//!
//! Guests, and people of another workspace who share a channel with us, need a setting. They are told in a sentence.

use std::time::Duration;

use incidents::CommandError;
use serde_json::{Value, json};
use slack::blocks::{home, notice, section};
use store::slack_users::{Membership, Standing};
use tokio::time::Instant;
use url::Url;

use crate::Gateway;
use crate::answer::Answer;
use crate::forms::Form;

/// How long the check may hold up a form that opens also while the database is away.
const FORM_CHECK_MS: Duration = Duration::from_millis(400);

/// Who does something, as Slack describes them beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    user: String,
    /// Their workspace, where Slack names it.
    team: Option<String>,
    /// The workspace that it was sent for, where Slack names it.
    our_team: Option<String>,
    /// Whether it happened in a channel that is shared with another workspace.
    in_shared_channel: bool,
    /// The emoji, of a reaction.
    emoji: Option<String>,
    refusal: Refusal,
}

/// Where an outsider is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// In the acknowledgement of a slash command.
    Command,
    /// In place of the modal.
    Modal,
    /// Nowhere: a field offers nothing.
    Options,
    /// By this address, or by direct message.
    Address(Option<Url>),
    /// In a channel, in a thread where there is one, where only they see it.
    Channel(String, Option<String>),
    /// In the home.
    Home,
}

impl Actor {
    /// Reads who acts; `None` for what nobody asks for, such as news of the workspace.
    pub(crate) fn read(kind: &str, payload: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match kind {
            "slash_commands" => Some(Self {
                user: text(&payload["user_id"])?,
                team: text(&payload["team_id"]),
                our_team: None,
                in_shared_channel: false,
                emoji: None,
                refusal: Refusal::Command,
            }),
            "interactive" => {
                let address = text(&payload["response_url"]).and_then(|address| address.parse().ok());
                Some(Self {
                    user: text(&payload["user"]["id"])?,
                    team: text(&payload["user"]["team_id"]),
                    our_team: text(&payload["team"]["id"]),
                    in_shared_channel: false,
                    emoji: None,
                    refusal: match payload["type"].as_str() {
                        Some("view_submission") => Refusal::Modal,
                        Some("block_suggestion") => Refusal::Options,
                        _ => Refusal::Address(address),
                    },
                })
            }
            "events_api" => {
                let event = &payload["event"];
                let channel = || text(&event["channel"]).or_else(|| text(&event["item"]["channel"]));
                let (emoji, refusal) = match event["type"].as_str()? {
                    "app_mention" => (None, Refusal::Channel(channel()?, text(&event["thread_ts"]))),
                    "message" if event["channel_type"] == "im" => (None, Refusal::Channel(channel()?, None)),
                    "reaction_added" | "reaction_removed" => {
                        (text(&event["reaction"]), Refusal::Channel(channel()?, None))
                    }
                    "app_home_opened" => (None, Refusal::Home),
                    _ => return None,
                };
                let teams = ["user_team", "source_team", "team"];
                Some(Self {
                    user: text(&event["user"])?,
                    team: teams.iter().find_map(|team| text(&event[team])),
                    our_team: text(&payload["authorizations"][0]["team_id"]),
                    in_shared_channel: payload["is_ext_shared_channel"] == true,
                    emoji,
                    refusal,
                })
            }
            _ => None,
        }
    }

    /// What they are to us. `our_team` is the workspace of the bot, where it is known; `known` the copy of them.
    fn is_to_us(&self, our_team: Option<&str>, known: Option<&Standing>) -> Membership {
        let ours = our_team.or(self.our_team.as_deref());
        let is_foreign = |team: Option<&str>| matches!((team, ours), (Some(team), Some(ours)) if team != ours);
        match known {
            _ if is_foreign(self.team.as_deref()) => Membership::Outsider,
            Some(known) => known.membership(ours),
            // Everybody of ours is copied, so a person in a shared channel of whom nothing is known is one of theirs.
            None if self.in_shared_channel && self.team.is_none() => Membership::Outsider,
            None => Membership::Member,
        }
    }
}

fn sentence(membership: Membership) -> &'static str {
    match membership {
        Membership::Guest => "incident-bot isn't available to guests of this workspace. Ask a full member for help.",
        _ => "incident-bot is only available to members of the workspace that runs it.",
    }
}

/// Whether whoever acts may, by a form where they want one and nothing else. `Err` is the answer to the envelope where they
/// may not, or where it could not be found out.
pub(crate) async fn check(gateway: &Gateway, actor: &Actor, form: Option<&Form>) -> Result<(), Refused> {
    let looked = gateway.confirm(look(gateway, actor));
    let needs_database = form.is_none_or(Form::needs_database);
    let known = if form.is_some() {
        // In place of a form that cannot be loaded a notice opens, by the same trigger.
        let until = if needs_database {
            gateway.deadline.form()
        } else {
            Instant::now() + FORM_CHECK_MS
        };
        tokio::time::timeout_at(until, looked).await.ok().and_then(Result::ok)
    } else {
        looked.await.ok()
    };
    let kind = match known {
        Some(kind) => kind,
        // What is submitted is checked again.
        None if !needs_database => Membership::Member,
        None => return Err(Refused::NotKnown),
    };
    match kind {
        Membership::Member => Ok(()),
        kind => Err(Refused::Answered(refuse(gateway, actor, kind))),
    }
}

/// Why nothing is done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// They may not; this is the answer.
    Answered(Answer),
    /// It could not be found out who they are.
    NotKnown,
}

/// What somebody is, where that matters by the settings and for what they do; else a member.
async fn look(gateway: &Gateway, actor: &Actor) -> Result<Membership, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let settings = gateway.pool.settings(&mut conn).await?;
    if let Some(emoji) = &actor.emoji {
        let means = |wanted: &str| slack::is_emoji(emoji, wanted);
        if !means(&settings.pin_emoji) && !settings.declare_emoji.as_deref().is_some_and(means) {
            return Ok(Membership::Member);
        }
    }
    if settings.guests_may_act && settings.outsiders_may_act {
        return Ok(Membership::Member);
    }
    let known = store::slack_users::standing(&mut conn, &actor.user).await?;
    let our_team = gateway.workspace.get().map(|identity| identity.team_id.as_str());
    let membership = actor.is_to_us(our_team, known.as_ref());
    Ok(if membership.may_act(&settings) {
        Membership::Member
    } else {
        membership
    })
}

/// Tells them, and gives the answer to the envelope.
fn refuse(gateway: &Gateway, actor: &Actor, kind: Membership) -> Answer {
    let sentence = sentence(kind);
    tracing::info!(user = actor.user, ?kind, "somebody may not act here");
    let (slack, user) = (gateway.slack.clone(), actor.user.clone());
    match &actor.refusal {
        Refusal::Command => return Answer::say(sentence),
        Refusal::Modal => return Answer::update(&notice(sentence)),
        Refusal::Options => return Answer::Acknowledge(Some(json!({ "options": [] }))),
        Refusal::Address(address) => gateway.tell_at(address.clone(), &user, sentence.to_owned()),
        Refusal::Channel(channel, thread) => {
            let (channel, thread) = (channel.clone(), thread.clone());
            gateway.errands.spawn(async move {
                let told = slack
                    .send_ephemeral_text(&channel, &user, thread.as_deref(), sentence)
                    .await;
                if let Err(error) = told {
                    tracing::warn!(%error, "somebody could not be told that they may not act");
                }
            });
        }
        Refusal::Home => {
            gateway.errands.spawn(async move {
                if let Err(error) = slack.publish_home(&user, &home(vec![section(sentence)])).await {
                    tracing::warn!(%error, "the home of somebody who may not act is not drawn");
                }
            });
        }
    }
    Answer::done()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Option<&str> = Some("T1");

    fn known(guest: bool, stranger: bool, team: Option<&str>) -> Standing {
        Standing {
            guest,
            stranger,
            team_id: team.map(str::to_owned),
        }
    }

    fn mention(more: &Value) -> Actor {
        let mut event =
            json!({ "type": "app_mention", "user": "U9", "channel": "C1", "ts": "1.2", "text": "<@UBOT> list" });
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        let payload = json!({
            "event": event, "authorizations": [{ "team_id": "T1", "user_id": "UBOT" }],
            "is_ext_shared_channel": more["shared"] == true,
        });
        Actor::read("events_api", &payload).unwrap()
    }

    #[test]
    fn people_of_another_workspace_are_told_by_what_slack_says_of_them() {
        let other = mention(&json!({ "user_team": "T2", "source_team": "T2" }));
        assert_eq!(other.is_to_us(OURS, None), Membership::Outsider);
        assert_eq!(other.is_to_us(None, None), Membership::Outsider);
        assert_eq!(other.refusal, Refusal::Channel("C1".to_owned(), None));
        let press = json!({
            "type": "block_actions", "team": { "id": "T1" }, "user": { "id": "U9", "team_id": "T2" },
            "response_url": "https://hooks.example/1", "actions": [{ "action_id": "severity.set" }],
        });
        let press = Actor::read("interactive", &press).unwrap();
        assert_eq!(press.is_to_us(None, None), Membership::Outsider);
        assert!(matches!(press.refusal, Refusal::Address(Some(_))));
        let command = json!({ "user_id": "U9", "team_id": "T2", "text": "list" });
        let command = Actor::read("slash_commands", &command).unwrap();
        assert_eq!(command.is_to_us(OURS, None), Membership::Outsider);
        let submitted =
            json!({ "type": "view_submission", "team": { "id": "T1" }, "user": { "id": "U9", "team_id": "T1" } });
        let submitted = Actor::read("interactive", &submitted).unwrap();
        assert_eq!(submitted.is_to_us(OURS, None), Membership::Member);
        assert_eq!(submitted.refusal, Refusal::Modal);
    }

    #[test]
    fn guests_and_strangers_are_known_by_the_copy() {
        let plain = mention(&json!({}));
        assert_eq!(
            plain.is_to_us(OURS, Some(&known(false, false, OURS))),
            Membership::Member
        );
        assert_eq!(plain.is_to_us(OURS, Some(&known(true, false, OURS))), Membership::Guest);
        assert_eq!(
            plain.is_to_us(OURS, Some(&known(false, true, None))),
            Membership::Outsider
        );
        assert_eq!(
            plain.is_to_us(OURS, Some(&known(false, false, Some("T2")))),
            Membership::Outsider
        );
        assert_eq!(plain.is_to_us(OURS, None), Membership::Member);
        let in_shared = mention(&json!({ "shared": true }));
        assert_eq!(in_shared.is_to_us(OURS, None), Membership::Outsider);
    }

    #[test]
    fn news_of_the_workspace_has_no_actor() {
        let joined = json!({ "event": { "type": "member_joined_channel", "user": "U9", "channel": "C1" } });
        assert_eq!(Actor::read("events_api", &joined), None);
        let said = json!({ "event": { "type": "message", "user": "U9", "channel": "C1", "channel_type": "channel" } });
        assert_eq!(Actor::read("events_api", &said), None);
    }
}
