//! How a sandbox starts: its address, the app, who and what is in the workspace.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::slack::app::{App, BOT_USER_ID, TEAM_ID};
use crate::slack::model::{ChannelKind, User, UserGroup};
use crate::slack::rate::RateLimits;
use crate::slack::socket::Timing;
use crate::slack::state::State;

/// A channel to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewChannel {
    /// Its name, without `#`.
    pub name: String,
    /// Whether only members know of it.
    #[serde(default)]
    pub private: bool,
    /// Whether the bot is in it.
    #[serde(default)]
    pub bot_is_member: bool,
    /// Handles of who is in it.
    #[serde(default)]
    pub members: Vec<String>,
}

impl NewChannel {
    /// A public channel with nobody in it.
    pub fn public(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            private: false,
            bot_is_member: false,
            members: Vec::new(),
        }
    }

    /// The same with the bot in it.
    #[must_use]
    pub fn with_bot(mut self) -> Self {
        self.bot_is_member = true;
        self
    }

    /// The same with these people (handles) in it.
    #[must_use]
    pub fn with_members(mut self, members: &[String]) -> Self {
        self.members = members.to_vec();
        self
    }
}

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The app that is installed.
    pub app: App,
    /// Handles of the people there are; the first is the workspace's admin.
    pub people: Vec<String>,
    /// The channels there are.
    pub channels: Vec<NewChannel>,
    /// How long every call takes.
    pub latency: Duration,
    /// Slack's rate limits; off by default.
    pub rate_limits: RateLimits,
    /// How long Slack waits.
    pub timing: Timing,
    /// Whether the company has a status page: the services that tests start are told of it then.
    pub statuspage: bool,
    /// The file that asks whoever runs the app to begin anew, with an empty database. They answer with
    /// `POST /sandbox/reset`. Without it, starting over empties the sandbox alone.
    pub start_over_file: Option<PathBuf>,
}

impl Default for Config {
    /// A free port, six people, and the channels `general`, `random` and `incidents`, which
    /// everybody is in but the bot.
    fn default() -> Self {
        let people: Vec<String> = ["alice", "bob", "carol", "dave", "erin", "frank"]
            .map(ToOwned::to_owned)
            .to_vec();
        let channels = ["general", "random", "incidents"]
            .map(|name| NewChannel::public(name).with_members(&people))
            .to_vec();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app: App::default(),
            people,
            channels,
            latency: Duration::ZERO,
            rate_limits: RateLimits::default(),
            timing: Timing::default(),
            statuspage: false,
            start_over_file: None,
        }
    }
}

impl Config {
    /// The same for a company that has a status page.
    #[must_use]
    pub fn with_statuspage(mut self) -> Self {
        self.statuspage = true;
        self
    }

    /// The same with the bot already in the channel of that name.
    #[must_use]
    pub fn with_bot_in(mut self, channel: &str) -> Self {
        for found in &mut self.channels {
            if found.name == channel {
                found.bot_is_member = true;
            }
        }
        self
    }

    pub(crate) fn workspace(&self) -> State {
        let mut state = State::new();
        state.users.insert(
            BOT_USER_ID.to_owned(),
            User {
                id: BOT_USER_ID.to_owned(),
                name: self.app.bot_name.clone(),
                real_name: self.app.bot_name.clone(),
                email: String::new(),
                is_bot: true,
                deleted: false,
                team_id: TEAM_ID.to_owned(),
                is_restricted: false,
                is_ultra_restricted: false,
                is_admin: false,
            },
        );
        for (index, name) in self.people.iter().enumerate() {
            let id = state.add_person(name);
            if let Some(user) = state.users.get_mut(&id) {
                user.is_admin = index == 0;
            }
        }
        for channel in &self.channels {
            state.add_channel(&self.app, channel);
        }
        // Nobody needs to hear of how the workspace came to be.
        state.outbox.clear();
        state
    }
}

impl State {
    pub(crate) fn add_person(&mut self, name: &str) -> String {
        let mut letters = name.chars();
        let real_name = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        let letters: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_uppercase();
        let id = format!("U0{letters:0>9}");
        self.users.insert(
            id.clone(),
            User {
                id: id.clone(),
                name: name.to_owned(),
                real_name,
                email: format!("{name}@example.com"),
                is_bot: false,
                deleted: false,
                team_id: TEAM_ID.to_owned(),
                is_restricted: false,
                is_ultra_restricted: false,
                is_admin: false,
            },
        );
        id
    }

    pub(crate) fn add_user_group(&mut self, handle: &str, people: &[&str]) -> String {
        let users = people
            .iter()
            .filter_map(|who| self.user(who).map(|user| user.id.clone()))
            .collect();
        let id = self.next_id("S");
        self.user_groups.insert(
            id.clone(),
            UserGroup {
                id: id.clone(),
                handle: handle.to_owned(),
                name: handle.to_owned(),
                users,
                disabled: false,
            },
        );
        id
    }

    pub(crate) fn add_channel(&mut self, app: &App, channel: &NewChannel) -> String {
        let kind = if channel.private {
            ChannelKind::Private
        } else {
            ChannelKind::Public
        };
        let members: Vec<String> = channel
            .members
            .iter()
            .filter_map(|who| self.user(who).map(|user| user.id.clone()))
            .collect();
        let creator = members.first().map_or("U00FOUNDER", String::as_str).to_owned();
        let id = self.create_channel(&channel.name, kind, &creator);
        if let Some(made) = self.channels.get_mut(&id) {
            made.members = members.into_iter().collect();
        }
        if channel.bot_is_member {
            self.add_member(app, &id, BOT_USER_ID, Some(&creator));
        }
        id
    }
}
