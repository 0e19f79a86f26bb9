//! A Slack, and the status feeds of providers, on your own machine: strict like the real ones, with faults on demand.
//!
//! Tests start one in process with [`Sandbox::start`] and act in it as a [`Person`]; the binary
//! serves the same to real processes and to a page in the browser. The app under test is pointed
//! at [`Sandbox::slack_api_url`] and connects by Socket Mode.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await?;
//! let alice = sandbox.person("alice");
//! alice.shortcut("open_incident_modal").await;
//! let modal = alice.wait_for_view().await;
//! alice.submit(&modal, [("Description", "Payments fail")]).await;
//! # Ok(())
//! # }
//! ```

mod act;
mod admin;
mod calls;
mod changes;
mod config;
mod confluence;
mod control;
mod faults;
mod feeds;
mod page;
pub mod pagerduty;
mod parts;
mod server;
mod slack;
mod statuspage;
mod vendor;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use act::{Answer, Person, Submission, WrongAct};
pub use calls::{Call, Outcome};
pub use config::{Config, NewChannel};
pub use confluence::{
    CONFLUENCE_PARENT, CONFLUENCE_SPACE, CONFLUENCE_TOKEN, CONFLUENCE_USERNAME, ConfluencePage, PageAttachment,
    PageProperty,
};
pub use faults::{Barrier, Fault, Faults, Harm, Junk, Side};
pub use feeds::Outage;
pub use slack::app::{ALL_EVENTS, ALL_SCOPES, APP_ID, App, BOT_ID, BOT_USER_ID, Shortcut, TEAM_ID};
pub use slack::model::{
    Bookmark, Channel, ChannelKind, Ephemeral, File, Message, Pin, Reaction, User, UserGroup, View, WebhookMessage,
};
pub use slack::rate::RateLimits;
pub use slack::socket::{Envelope, Sockets, Timing};
pub use slack::state::State;
pub use statuspage::{PageComponent, PageIncident, PageUpdate, STATUSPAGE_KEY, STATUSPAGE_PAGE_ID};

use calls::Calls;
use changes::Changes;
use parts::Parts;
use slack::rate::Limiter;

/// Runs a sandbox until `shutdown` is done.
///
/// # Errors
/// When its address cannot be listened on.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
    let sandbox = Sandbox::start(config).await?;
    tracing::info!(
        url = sandbox.url(),
        slack_api_url = sandbox.slack_api_url(),
        "the sandbox is up"
    );
    shutdown.await;
    sandbox.stop();
    Ok(())
}

/// Done when the process is asked to end, by SIGTERM or Ctrl-C.
pub async fn signals() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

struct Inner {
    address: SocketAddr,
    timing: Timing,
    config: Config,
    app: RwLock<Arc<App>>,
    state: Mutex<State>,
    calls: Mutex<Calls>,
    limiter: Mutex<Limiter>,
    faults: Faults,
    parts: Parts,
    sockets: Sockets,
    changes: Changes,
    starting_over: AtomicBool,
    stop: CancellationToken,
}

/// A running sandbox. Clones are handles to the same one.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// Starts a sandbox, which serves until [`stop`](Self::stop) or the end of the runtime.
    ///
    /// # Errors
    /// When its address cannot be listened on.
    pub async fn start(config: Config) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let changes = Changes::new();
        let faults = Faults::default();
        faults.set_latency(config.latency);
        let mut limiter = Limiter::default();
        limiter.set(config.rate_limits);
        let sandbox = Self(Arc::new(Inner {
            address: listener.local_addr()?,
            timing: config.timing.clone(),
            app: RwLock::new(Arc::new(config.app.clone())),
            state: Mutex::new(config.workspace()),
            calls: Mutex::default(),
            limiter: Mutex::new(limiter),
            faults,
            parts: Parts::new(&config),
            sockets: Sockets::new(changes.clone(), config.timing.clone()),
            changes,
            starting_over: AtomicBool::new(false),
            stop: CancellationToken::new(),
            config,
        }));
        let router = slack::api::routes()
            .merge(control::routes())
            .merge(admin::routes())
            .merge(Parts::routes())
            .fallback(page::serve)
            .layer(axum::extract::DefaultBodyLimit::max(32 << 20))
            .with_state(sandbox.clone());
        tokio::spawn(server::serve(listener, router, sandbox.0.stop.clone()));
        Ok(sandbox)
    }

    /// Ends it: nothing is served any more and every connection is closed.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    pub(crate) async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Its address, such as `http://127.0.0.1:34567`.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// What the app takes for `https://slack.com/api`.
    pub fn slack_api_url(&self) -> String {
        format!("{}/api", self.url())
    }

    /// The app as it is installed now.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.0.app.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what the app may do, as a reinstallation would.
    pub fn reinstall(&self, change: impl FnOnce(&mut App)) {
        let mut app = self.0.app.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = (**app).clone();
        change(&mut changed);
        *app = Arc::new(changed);
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.0.timing
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Puts everything back to how it was at the start; connections stay. No id is given out again, and the app hears that
    /// the channels are gone and that there are new ones.
    pub fn reset(&self) {
        self.faults().clear();
        self.faults().set_latency(self.0.config.latency);
        self.set_rate_limits(self.0.config.rate_limits);
        self.clear_calls();
        self.sockets().clear_envelopes();
        self.0.parts.reset(&self.0.config);
        self.change(|state, app| {
            let channels: Vec<String> = state.channels().map(|channel| channel.id.clone()).collect();
            for id in channels {
                state.delete_channel(app, &id, BOT_USER_ID);
            }
            let told = std::mem::take(&mut state.outbox);
            *state = self.0.config.workspace();
            state.outbox = told;
            let made: Vec<Value> = state.channels().map(slack::wire::channel).collect();
            for channel in made {
                let event = json!({ "type": "channel_created", "channel": channel });
                state.emit(app, "channel_created", event);
            }
        });
        self.0.starting_over.store(false, Ordering::Relaxed);
        self.0.changes.bump();
    }

    /// Begins anew: at once, or, with a [`Config::start_over_file`], when the app has been emptied too.
    pub(crate) fn start_over(&self) -> std::io::Result<()> {
        let Some(file) = &self.0.config.start_over_file else {
            self.reset();
            return Ok(());
        };
        std::fs::write(file, "")?;
        self.0.starting_over.store(true, Ordering::Relaxed);
        self.0.changes.bump();
        Ok(())
    }

    /// Whether the app is being emptied.
    pub(crate) fn is_starting_over(&self) -> bool {
        self.0.starting_over.load(Ordering::Relaxed)
    }

    /// Looks at the workspace while nothing in it changes. Keep it short.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&locked(&self.0.state))
    }

    /// Changes the workspace, sends the app what it should hear of, and wakes whoever waits.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State, &App) -> T) -> T {
        let app = self.app();
        let mut state = locked(&self.0.state);
        let out = change(&mut state, &app);
        for event in std::mem::take(&mut state.outbox) {
            self.0.sockets.deliver(event);
        }
        drop(state);
        self.0.changes.bump();
        out
    }

    /// Asks again after every change in the workspace until there is an answer.
    ///
    /// # Panics
    /// After 30 s, with an account of the workspace.
    pub async fn wait_until<T>(&self, mut ask: impl FnMut(&State) -> Option<T>) -> T {
        match self.0.changes.until(|| self.look(&mut ask)).await {
            Some(found) => found,
            None => self.give_up(),
        }
    }

    /// Asks again after every call until there is an answer.
    ///
    /// # Panics
    /// After 30 s, with an account of the workspace.
    pub async fn wait_for_calls<T>(&self, mut ask: impl FnMut(&[Call]) -> Option<T>) -> T {
        match self.0.changes.until(|| ask(locked(&self.0.calls).seen())).await {
            Some(found) => found,
            None => self.give_up(),
        }
    }

    fn give_up<T>(&self) -> T {
        let calls: Vec<String> = self
            .calls()
            .iter()
            .rev()
            .take(30)
            .map(|call| format!("{} {} {:?}", call.seq, call.method, call.outcome))
            .collect();
        panic!(
            "waited in vain. The workspace:\n{}\nThe last calls, newest first:\n{}",
            self.look(State::summary),
            calls.join("\n")
        )
    }

    /// Every channel that is no direct message.
    pub fn channels(&self) -> Vec<Channel> {
        self.look(|state| state.channels().cloned().collect())
    }

    /// A channel by id or name.
    pub fn channel(&self, which: &str) -> Option<Channel> {
        self.look(|state| state.channel(which).cloned())
    }

    /// The messages of a channel (id or name) without those that Slack writes itself.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.look(|state| state.messages(channel).into_iter().cloned().collect())
    }

    /// The pinned messages of a channel (id or name).
    pub fn pins(&self, channel: &str) -> Vec<Message> {
        self.look(|state| state.pins(channel).into_iter().cloned().collect())
    }

    /// The ids of who is in a channel (id or name).
    pub fn members(&self, channel: &str) -> Vec<String> {
        self.channel(channel)
            .map(|channel| channel.members.into_iter().collect())
            .unwrap_or_default()
    }

    /// What only one person (id or handle) was shown.
    pub fn ephemerals(&self, user: &str) -> Vec<Ephemeral> {
        self.look(|state| state.ephemerals(user).into_iter().cloned().collect())
    }

    /// What the bot and one person (id or handle) wrote to each other directly.
    pub fn direct_messages(&self, user: &str) -> Vec<Message> {
        self.look(|state| state.direct_messages(user).into_iter().cloned().collect())
    }

    /// The app's home as one person (id or handle) sees it.
    pub fn home(&self, user: &str) -> Option<View> {
        self.look(|state| state.home(user).cloned())
    }

    /// Somebody (id or handle) to act as.
    ///
    /// # Panics
    /// When there is nobody of that name.
    pub fn person(&self, who: &str) -> Person {
        match self.find_person(who) {
            Ok(person) => person,
            Err(wrong) => panic!("{wrong}"),
        }
    }

    pub(crate) fn find_person(&self, who: &str) -> Result<Person, WrongAct> {
        self.look(|state| state.user(who).map(|user| user.id.clone()))
            .map(|id| Person::new(self.clone(), id))
            .ok_or_else(|| WrongAct(format!("there is nobody called {who:?}")))
    }

    /// Lets somebody (id or handle) who is in a channel invite somebody else.
    ///
    /// # Panics
    /// When the one who invites is not in it.
    pub fn invite(&self, inviter: &str, channel: &str, who: &str) {
        let (host, guest) = (self.person(inviter), self.person(who));
        host.invite(channel, guest.id());
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Holds the `nth` call (counted from 1, from now on) of `method`.
    pub fn barrier(&self, method: &str, nth: usize, side: Side) -> Barrier {
        self.0.faults.barrier(method, nth, side)
    }

    /// Switches Slack's rate limits on or off and forgets what was counted.
    pub fn set_rate_limits(&self, limits: RateLimits) {
        self.limiter().set(limits);
        self.0.changes.bump();
    }

    /// The rate limits in force.
    pub fn rate_limits(&self) -> RateLimits {
        self.limiter().limits
    }

    pub(crate) fn limiter(&self) -> MutexGuard<'_, Limiter> {
        locked(&self.0.limiter)
    }

    /// The app's Socket Mode connections.
    pub fn sockets(&self) -> Sockets {
        self.0.sockets.clone()
    }

    /// Every call so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.0.calls).all()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        locked(&self.0.calls).clear();
    }

    pub(crate) fn record(&self, method: &str, args: Value) -> u64 {
        let seq = locked(&self.0.calls).start(method, args);
        self.0.changes.bump();
        seq
    }

    pub(crate) fn finish(&self, seq: u64, outcome: Outcome) {
        locked(&self.0.calls).finish(seq, outcome);
        self.0.changes.bump();
    }
}
