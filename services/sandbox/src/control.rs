//! `/sandbox/…`: acting, looking and making trouble over HTTP. The page uses it, and so may any
//! script. JSON in and out; what cannot be done is answered with 400 and a sentence.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{Message as Frame, WebSocket};
use axum::extract::{Path, Query, State as Shared, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::act::{Place, WrongAct, wrong};
use crate::faults::Fault;
use crate::slack::app::BOT_USER_ID;
use crate::slack::model::Channel;
use crate::slack::rate::RateLimits;
use crate::slack::state::State;
use crate::{NewChannel, Sandbox};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/live", get(live))
        .route("/sandbox/people/{who}", get(workspace))
        .route("/sandbox/people/{who}/channels/{channel}", get(channel))
        .route("/sandbox/people/{who}/act", post(act))
        .route("/sandbox/people/{who}/channels/{channel}/files/{name}", post(share))
        .route("/sandbox/files/{id}", get(file))
        .route("/sandbox/trouble", get(trouble).put(set_trouble))
        .route("/sandbox/faults", post(add_fault).delete(clear_faults))
        .route("/sandbox/faults/{id}", delete(remove_fault))
        .route("/sandbox/calls", get(calls).delete(clear_calls))
        .route("/sandbox/sockets", get(sockets))
        .route("/sandbox/sockets/refresh", post(refresh_sockets))
        .route("/sandbox/sockets/cut", post(cut_sockets))
        .route("/sandbox/channels", post(add_channel))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/start_over", post(start_over))
}

impl IntoResponse for WrongAct {
    fn into_response(self) -> Response {
        // What follows the first line is for whoever writes a test.
        let (error, detail) = self.0.split_once('\n').unwrap_or((&self.0, ""));
        let body = Json(json!({ "error": error, "detail": detail }));
        (StatusCode::BAD_REQUEST, body).into_response()
    }
}

/// Counts the changes; several at once are one. A WebSocket, because a browser opens only six other connections to one
/// host, whatever the number of its tabs.
async fn live(Shared(sandbox): Shared<Sandbox>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| watch(sandbox, socket))
}

async fn watch(sandbox: Sandbox, mut socket: WebSocket) {
    let mut changes = sandbox.changes().subscribe();
    loop {
        let count = *changes.borrow_and_update();
        if socket.send(Frame::Text(count.to_string().into())).await.is_err() {
            return;
        }
        loop {
            tokio::select! {
                more = changes.changed() => match more {
                    Ok(()) => break,
                    Err(_) => return,
                },
                frame = socket.recv() => if !matches!(frame, Some(Ok(_))) {
                    return;
                },
                () = sandbox.stopped() => return,
            }
        }
    }
}

fn brief(channel: &Channel, person: &str) -> Value {
    let latest = channel.messages.iter().rev().find(|message| message.is_written());
    json!({
        "id": channel.id, "name": channel.name, "kind": channel.kind, "topic": channel.topic,
        "archived": channel.archived, "connected_teams": channel.connected_teams, "is_member": channel.members.contains(person),
        "members": channel.members.len(), "bot_is_member": channel.members.contains(BOT_USER_ID),
        "latest": latest.map(|message| &message.ts),
        "latest_user": latest.map(|message| &message.user),
    })
}

/// Everything one person sees but what is inside the channels.
async fn workspace(Shared(sandbox): Shared<Sandbox>, Path(who): Path<String>) -> Result<Json<Value>, WrongAct> {
    let person = sandbox.find_person(&who)?;
    let app = sandbox.app();
    let is_external = sandbox.look(|state| state.user(person.id()).is_some_and(crate::User::is_external));
    Ok(Json(sandbox.look(|state| {
        let me = person.id();
        let channels: Vec<Value> = state
            .channels
            .values()
            .filter(|channel| state.sees(me, channel))
            .map(|channel| brief(channel, me))
            .collect();
        json!({
            "me": me,
            "starting_over": sandbox.is_starting_over(),
            "bot": BOT_USER_ID,
            "people": state.users().take(500).collect::<Vec<_>>(),
            "user_groups": state.user_groups.values().collect::<Vec<_>>(),
            "channels": channels,
            "views": state.open_views(me),
            "home": state.home(me),
            "shortcuts": if is_external { &[][..] } else { &app.shortcuts },
            "commands": if is_external { &[][..] } else { &app.commands },
            "sockets": sandbox.sockets().count(),
            "foreign_sockets": sandbox.sockets().foreign(),
        })
    })))
}

#[derive(Deserialize)]
struct Window {
    /// How many of the newest messages.
    limit: Option<usize>,
}

/// What one person sees in a channel.
async fn channel(
    Shared(sandbox): Shared<Sandbox>,
    Path((who, which)): Path<(String, String)>,
    Query(window): Query<Window>,
) -> Result<Json<Value>, WrongAct> {
    let person = sandbox.find_person(&who)?;
    sandbox.look(|state| inside(state, person.id(), &which, window.limit.unwrap_or(300)))
}

fn inside(state: &State, me: &str, which: &str, limit: usize) -> Result<Json<Value>, WrongAct> {
    let channel = state
        .channel(which)
        .filter(|channel| state.sees(me, channel))
        .ok_or_else(|| wrong(format!("there is no channel {which:?}")))?;
    let skipped = channel.messages.len().saturating_sub(limit);
    let messages: Vec<_> = channel.messages.iter().skip(skipped).collect();
    let ephemerals: Vec<_> = state
        .ephemerals
        .iter()
        .filter(|seen| seen.user == me && seen.channel == channel.id)
        .collect();
    let files: BTreeMap<&str, &str> = messages
        .iter()
        .flat_map(|message| &message.files)
        .filter_map(|id| state.files.get(id))
        .map(|file| (file.id.as_str(), file.title.as_str()))
        .collect();
    Ok(Json(json!({
        "channel": brief(channel, me),
        "member_ids": channel.members.iter().take(500).collect::<Vec<_>>(),
        "pins": channel.pins,
        "bookmarks": channel.bookmarks,
        "messages": messages,
        "ephemerals": ephemerals,
        "files": files,
    })))
}

/// Where an element stands: in a message or in a view.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spot {
    Message { channel: String, ts: String },
    View { view: String },
}

impl From<Spot> for Place {
    fn from(spot: Spot) -> Self {
        match spot {
            Spot::Message { channel, ts } => Self::Message(channel, ts),
            Spot::View { view } => Self::View(view),
        }
    }
}

/// What somebody does.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
enum Act {
    Say {
        channel: String,
        text: String,
        thread_ts: Option<String>,
    },
    React {
        channel: String,
        ts: String,
        name: String,
        #[serde(default)]
        remove: bool,
    },
    /// Gives a message of one's own other words.
    Edit {
        channel: String,
        ts: String,
        text: String,
    },
    /// Deletes a message.
    Delete {
        channel: String,
        ts: String,
    },
    Join {
        channel: String,
    },
    Leave {
        channel: String,
    },
    Archive {
        channel: String,
        #[serde(default)]
        undo: bool,
    },
    Rename {
        channel: String,
        name: String,
    },
    DeleteChannel {
        channel: String,
    },
    /// Ends the sharing of a channel with another workspace.
    Disconnect {
        channel: String,
        team: String,
    },
    /// Invites somebody, the bot too. Somebody of another workspace is invited by Slack Connect.
    Invite {
        channel: String,
        user: String,
    },
    /// Removes somebody, the bot too.
    Kick {
        channel: String,
        user: String,
    },
    Shortcut {
        callback_id: String,
    },
    Slash {
        command: String,
        text: String,
        channel: String,
    },
    /// Presses a button, chooses in a select.
    Use {
        at: Spot,
        which: String,
        #[serde(default)]
        value: Value,
    },
    /// Asks what an external select offers.
    Suggest {
        at: Spot,
        which: String,
        query: String,
    },
    Submit {
        view: String,
        values: BTreeMap<String, Value>,
    },
    Close {
        view: String,
    },
    OpenHome,
    /// Gets another e-mail address, as an admin of the workspace gives it.
    ChangeEmail {
        email: String,
    },
    /// Puts away what only this person sees.
    Dismiss {
        ts: String,
    },
}

fn shown(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

async fn act(
    Shared(sandbox): Shared<Sandbox>,
    Path(who): Path<String>,
    Json(act): Json<Act>,
) -> Result<Json<Value>, WrongAct> {
    let person = sandbox.find_person(&who)?;
    if sandbox.look(|state| state.user(person.id()).is_some_and(|user| user.deleted)) {
        return Err(wrong("This account is deactivated."));
    }
    let done = match act {
        Act::Say {
            channel,
            text,
            thread_ts,
        } => json!({ "ts": person.try_say(&channel, &text, thread_ts.as_deref())? }),
        Act::React {
            channel,
            ts,
            name,
            remove,
        } => {
            person.try_react(&channel, &ts, &name, !remove)?;
            json!({})
        }
        Act::Edit { channel, ts, text } => {
            person.try_edit(&channel, &ts, &text)?;
            json!({})
        }
        Act::Delete { channel, ts } => {
            person.try_delete(&channel, &ts)?;
            json!({})
        }
        Act::Join { channel } => {
            person.try_join(&channel)?;
            json!({})
        }
        Act::Leave { channel } => {
            person.try_leave(&channel)?;
            json!({})
        }
        Act::Rename { channel, name } => {
            person.try_rename(&channel, &name)?;
            json!({})
        }
        Act::DeleteChannel { channel } => {
            person.try_delete_channel(&channel)?;
            json!({})
        }
        Act::Disconnect { channel, team } => {
            person.try_disconnect(&channel, &team)?;
            json!({})
        }
        Act::Kick { channel, user } => {
            person.try_kick(&channel, &user)?;
            json!({})
        }
        Act::Archive { channel, undo } => {
            person.try_archive(&channel, !undo)?;
            json!({})
        }
        Act::Invite { channel, user } => {
            person.try_invite(&channel, &user)?;
            json!({})
        }
        Act::Shortcut { callback_id } => shown(person.try_shortcut(&callback_id).await?),
        Act::Slash { command, text, channel } => {
            if !sandbox.app().commands.contains(&command) {
                return Err(wrong(format!("{command} is not a valid command")));
            }
            shown(person.try_slash(&command, &text, &channel).await?)
        }
        Act::Use { at, which, value } => shown(person.try_act(&at.into(), &which, value).await?),
        Act::Suggest { at, which, query } => {
            json!({ "options": person.try_suggest(&at.into(), &which, &query).await? })
        }
        Act::Submit { view, values } => shown(person.try_submit(&view, values.into_iter().collect()).await?),
        Act::Close { view } => {
            person.try_close(&view).await?;
            json!({})
        }
        Act::ChangeEmail { email } => {
            sandbox.change_person(person.id(), |user| user.email = email);
            json!({})
        }
        Act::OpenHome => {
            person.try_open_home()?;
            json!({})
        }
        Act::Dismiss { ts } => {
            person.dismiss(&ts);
            json!({})
        }
    };
    Ok(Json(done))
}

/// Shares a file in a channel; its bytes are the body.
async fn share(
    Shared(sandbox): Shared<Sandbox>,
    Path((who, channel, name)): Path<(String, String, String)>,
    bytes: axum::body::Bytes,
) -> Result<Json<Value>, WrongAct> {
    let person = sandbox.find_person(&who)?;
    let ts = person.try_share(&channel, "", None, &[(&name, &bytes)])?;
    Ok(Json(json!({ "ts": ts })))
}

/// A file, for the page.
async fn file(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    let found = sandbox.look(|state| {
        let mut files = state.files();
        let file = files.find(|file| file.id == id)?;
        Some((file.mimetype.clone(), file.bytes.clone()))
    });
    match found {
        Some((mimetype, bytes)) => ([(axum::http::header::CONTENT_TYPE, mimetype)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Latency in milliseconds and the rate limits.
#[derive(Serialize, Deserialize)]
struct Trouble {
    latency_ms: u64,
    #[serde(default)]
    latency_of_ms: BTreeMap<String, u64>,
    #[serde(default)]
    rate_limits: RateLimits,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

async fn trouble(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let (latency, latency_of) = sandbox.faults().latency();
    let mut out = shown(Trouble {
        latency_ms: millis(latency),
        latency_of_ms: latency_of
            .into_iter()
            .map(|(method, latency)| (method, millis(latency)))
            .collect(),
        rate_limits: sandbox.rate_limits(),
    });
    let faults: Vec<Value> = sandbox
        .faults()
        .list()
        .into_iter()
        .map(|(id, fault, seen)| json!({ "id": id, "fault": fault, "seen": seen }))
        .collect();
    out["faults"] = json!(faults);
    out["methods"] = json!(sandbox.0.parts.methods());
    Json(out)
}

async fn set_trouble(Shared(sandbox): Shared<Sandbox>, Json(trouble): Json<Trouble>) -> Json<Value> {
    let faults = sandbox.faults();
    faults.set_latency(Duration::from_millis(trouble.latency_ms));
    let (_, before) = faults.latency();
    for method in before.keys() {
        faults.set_latency_of(method, None);
    }
    for (method, latency) in &trouble.latency_of_ms {
        faults.set_latency_of(method, Some(Duration::from_millis(*latency)));
    }
    if sandbox.rate_limits() != trouble.rate_limits {
        sandbox.set_rate_limits(trouble.rate_limits);
    }
    sandbox.changes().bump();
    Json(json!({}))
}

async fn add_fault(Shared(sandbox): Shared<Sandbox>, Json(fault): Json<Fault>) -> Json<Value> {
    let id = sandbox.faults().add(fault);
    sandbox.changes().bump();
    Json(json!({ "id": id }))
}

async fn remove_fault(Shared(sandbox): Shared<Sandbox>, Path(id): Path<u64>) -> Json<Value> {
    sandbox.faults().remove(id);
    sandbox.changes().bump();
    Json(json!({}))
}

async fn clear_faults(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    sandbox.faults().clear();
    sandbox.changes().bump();
    Json(json!({}))
}

async fn calls(Shared(sandbox): Shared<Sandbox>, Query(window): Query<Window>) -> Json<Value> {
    let all = sandbox.calls();
    let skipped = all.len().saturating_sub(window.limit.unwrap_or(100));
    Json(json!({ "calls": all[skipped..] }))
}

async fn clear_calls(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    sandbox.clear_calls();
    Json(json!({}))
}

async fn sockets(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let sockets = sandbox.sockets();
    let envelopes = sockets.envelopes();
    let skipped = envelopes.len().saturating_sub(100);
    Json(json!({ "count": sockets.count(), "foreign": sockets.foreign(), "envelopes": envelopes[skipped..] }))
}

async fn refresh_sockets(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    sandbox.sockets().refresh();
    Json(json!({}))
}

async fn cut_sockets(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    sandbox.sockets().cut();
    Json(json!({}))
}

async fn add_channel(
    Shared(sandbox): Shared<Sandbox>,
    Json(channel): Json<NewChannel>,
) -> Result<Json<Value>, WrongAct> {
    if sandbox.channel(&channel.name).is_some() {
        return Err(wrong(format!("there is a channel {:?} already", channel.name)));
    }
    Ok(Json(json!({ "id": sandbox.add_channel(&channel) })))
}

async fn reset(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    sandbox.reset();
    Json(json!({}))
}

/// Begins anew, the app too where somebody is there who empties it.
async fn start_over(Shared(sandbox): Shared<Sandbox>) -> Result<Json<Value>, WrongAct> {
    sandbox
        .start_over()
        .map_err(|error| wrong(format!("The app could not be asked to begin anew: {error}.")))?;
    Ok(Json(json!({ "starting_over": sandbox.is_starting_over() })))
}
