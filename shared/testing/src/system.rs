//! The whole system in one process: the sandbox's Slack, a database of its own, and as many services as a test wants.
//!
//! Leases, timeouts and backoff are short, so that a test of a lost call takes a second and not a minute.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, MovableClock};
use jobs::{ArchiveByAge, CheckPageAccepted, Nudge, Remind};
use queue::Job;
use queue::admin::Unfinished;
use sandbox::Sandbox;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Database, Server, vendors, wait_for};

/// Few: opening a connection costs Postgres more than what most flows do with it, and hundreds of systems start in a run of
/// the tests.
const FEW: u32 = 4;
/// How long everything may take to be done, well above the longest way through faults and limits.
const SETTLE_TIME: Duration = Duration::from_mins(2);
/// The first admin's password.
pub const ADMIN_PASSWORD: &str = "for-tests-only";
/// Any free port.
const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Why jobs look again for something of ours that is not there yet.
const LOOKS: [&str; 3] = [
    "the incident has no channel yet that could be named",
    "the control panel is posted first",
    "the resolution is posted first",
];
const LOOK_OF_A_PAGE: &str = "the page links to the channel, which is being created";

/// Jobs that nobody waits for before their moment has come.
const PLANNED: [&str; 4] = [Remind::KIND, Nudge::KIND, ArchiveByAge::KIND, CheckPageAccepted::KIND];

/// Each periodic job comes once, when the services start: a test that goes on past a full minute does what others do, too.
const FIRST_TICKS_ONLY: &str = "
    CREATE FUNCTION first_ticks_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER first_ticks_only BEFORE UPDATE ON job_ticks FOR EACH ROW EXECUTE FUNCTION first_ticks_only()";

/// A sandbox and a database, and the services that run against them.
pub struct System {
    /// Slack.
    pub sandbox: Sandbox,
    /// The time of all services in process; it runs like the machine's until it is moved.
    pub clock: MovableClock,
    /// Whether PagerDuty is switched on.
    pub pagerduty: bool,
    /// Whether alice has everything tried again of which a channel is told that it could not be done.
    pub tries_again: bool,
    /// How many connections a service has at most, where it is not as many as in production.
    pub connections: Option<u32>,
    /// How long after it arrived a gateway answers an envelope at the latest.
    pub answer_within: Duration,
    /// How often gateways and workers check what they need; never where it is not set, so that calls can be counted.
    pub checks: Option<store::checks::Config>,
    /// Where gateways find the database, where that is another address than the workers'.
    pub gateway_database_url: Option<String>,
    database: Database,
    services: Vec<Service>,
}

struct Service {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// The times that tests run with.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// How long one call of Slack may take.
    pub call: Duration,
    /// How long after that it may still have its effect.
    pub settle: Duration,
    /// How long a job belongs to a process that is gone.
    pub lease: Duration,
    /// How long what happens is collected for the next notice.
    pub notice_pause: Duration,
    /// How long messages wait for the channel that they link.
    pub wait_for_channel: Duration,
}

/// What services in process run with, and child processes too.
pub const SHORT: Times = Times {
    call: Duration::from_millis(500),
    // As long as a busy machine may take for a call that nobody waits for any more.
    settle: Duration::from_millis(500),
    lease: Duration::from_secs(1),
    notice_pause: Duration::from_millis(200),
    // A slow machine must not change what people see.
    wait_for_channel: Duration::from_mins(1),
};

/// What a worker runs with in production, where calls are concerned.
pub const PRODUCTION: Times = Times {
    call: Duration::from_secs(8),
    settle: Duration::from_secs(2),
    lease: Duration::from_secs(15),
    ..SHORT
};

impl System {
    /// A sandbox and a database without any service yet.
    pub async fn new(config: sandbox::Config) -> Self {
        Self::on(&Server::shared().await, config).await
    }

    /// The same on a server of the test's own, which may be stopped and started again.
    pub async fn on(server: &Server, config: sandbox::Config) -> Self {
        let sandbox = Sandbox::start(config).await.expect("a free port");
        let database = Database::on(server).await;
        sqlx::raw_sql(FIRST_TICKS_ONLY)
            .execute(database.pool())
            .await
            .expect("the trigger");
        Self {
            sandbox,
            clock: MovableClock::default(),
            pagerduty: false,
            tries_again: false,
            connections: Some(FEW),
            answer_within: Duration::from_millis(2_500),
            checks: None,
            gateway_database_url: None,
            database,
            services: Vec::new(),
        }
    }

    /// Everything once, with the integrations switched on.
    pub async fn start_with_pagerduty() -> Self {
        let mut system = Self::new(sandbox::Config::default()).await;
        system.pagerduty = true;
        system.add_gateway();
        system.add_worker();
        system.ready().await;
        system
    }

    /// Waits until the services know the workspace and, where they are switched on, what the vendors have.
    pub async fn ready(&self) {
        self.connected(2).await;
        self.channels_copied().await;
        if self.pagerduty {
            wait_for("who is on call", async || {
                (self.count("on_call_state WHERE copied_at IS NOT NULL").await == 1).then_some(())
            })
            .await;
            self.settled().await;
        }
    }

    /// Everything once: a gateway and a worker, connected, the digest channel known.
    pub async fn start() -> Self {
        Self::start_with(sandbox::Config::default()).await
    }

    /// The same with another sandbox.
    pub async fn start_with(config: sandbox::Config) -> Self {
        let mut system = Self::new(config).await;
        system.add_gateway();
        system.add_worker();
        system.connected(2).await;
        system.channels_copied().await;
        system
    }

    /// The database.
    pub fn pool(&self) -> &PgPool {
        self.database.pool()
    }

    /// Address of the database, for child processes.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// Runs one more gateway.
    pub fn add_gateway(&mut self) {
        let url = self.gateway_database_url.as_deref();
        let mut database = self.store_config(url.unwrap_or(self.database.url()));
        database.open_connections = database.max_connections;
        database.acquire_timeout = self.answer_within;
        let config = gateway::Config {
            listen: ANYWHERE,
            metrics_listen: None,
            telemetry: telemetry::Config::default(),
            database,
            slack: self.slack_config(Duration::from_secs(2)),
            answer_within: self.answer_within,
            sockets: 2,
            quiet: Duration::from_millis(20),
            clock: std::sync::Arc::new(self.clock.clone()),
            checks: self.checks.clone(),
            environment: gateway::Environment::default(),
        };
        self.run(|stop| async move { gateway::run(config, stop).await.expect("the gateway runs") });
    }

    /// Runs one more worker.
    pub fn add_worker(&mut self) {
        self.add_worker_with(|_| {});
    }

    /// Runs one more worker, configured otherwise.
    pub fn add_worker_with(&mut self, change: impl FnOnce(&mut worker::Config)) {
        let (upstream, vendors) = vendors::configs(self, SHORT.call);
        let mut config = worker::Config {
            listen: ANYWHERE,
            metrics_listen: None,
            telemetry: telemetry::Config::default(),
            database: self.store_config(self.database.url()),
            slack: self.slack_config(SHORT.call),
            digest_channel: "incidents".to_owned(),
            web_url: Some("https://console.example".to_owned()),
            upstream,
            vendors,
            seeds: vec![("meeting_link", "https://meet.example/incident".into())],
            jobs: queue::Config {
                lease: SHORT.lease,
                backoff_min: Duration::from_millis(20),
                backoff_max: Duration::from_millis(500),
                clock: std::sync::Arc::new(self.clock.clone()),
                ..queue::Config::new(&jobs::queues::ALL)
            },
            pace_speed: 1.0,
            settle: SHORT.settle,
            notice_pause: SHORT.notice_pause,
            checks: self.checks.clone(),
            wait_for_channel: SHORT.wait_for_channel,
        };
        change(&mut config);
        self.run(|stop| async move { worker::run(config, stop).await.expect("the worker runs") });
    }

    /// Runs one more worker that waits for calls, and between attempts, as long as it does in production.
    pub fn add_worker_of_production(&mut self) {
        let (_, vendors) = vendors::configs(self, PRODUCTION.call);
        self.add_worker_with(|config| {
            config.slack.timeout = PRODUCTION.call;
            config.settle = PRODUCTION.settle;
            let defaults = queue::Config::new(&jobs::queues::ALL);
            config.jobs.lease = PRODUCTION.lease;
            config.jobs.backoff_min = defaults.backoff_min;
            config.jobs.backoff_max = defaults.backoff_max;
            config.vendors = vendors;
        });
    }

    /// Notes from now on by how much jobs are put off: what they wait for by plan, however slow the machine is.
    pub async fn note_delays(&self) {
        self.execute(
            "CREATE TABLE noted_delays (job uuid NOT NULL, kind text NOT NULL, delay interval NOT NULL, reason text);
             CREATE FUNCTION note_delay() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 INSERT INTO noted_delays VALUES (NEW.id, NEW.kind, NEW.run_at - clock_timestamp(), NEW.last_error);
                 RETURN NULL;
             END
             $$;
             CREATE TRIGGER note_delay AFTER UPDATE ON jobs FOR EACH ROW
                 WHEN (OLD.state = 'running' AND NEW.state = 'waiting') EXECUTE FUNCTION note_delay();",
        )
        .await;
    }

    /// The job that was put off most since [`Self::note_delays`], by how much in all, and for which reasons.
    ///
    /// Looks for something of ours that is not there yet do not count: their pauses grow with the time that takes, on a slow
    /// machine too, and what is looked for has a job of its own. Of a page, which looks every second, the longest pause counts.
    pub async fn longest_delay(&self) -> (Duration, String) {
        let longest: Option<(f64, String)> = sqlx::query_as(
            "SELECT extract(epoch FROM sum(delay))::float8 AS seconds, kind || ': ' || string_agg(reason, ', ')
             FROM (
                 SELECT job, kind, reason, CASE WHEN reason = $2 THEN max(delay) ELSE sum(delay) END AS delay
                 FROM noted_delays WHERE delay > interval '0' AND reason <> ALL ($1) GROUP BY job, kind, reason
             ) AS d
             GROUP BY job, kind ORDER BY seconds DESC LIMIT 1",
        )
        .bind(LOOKS.as_slice())
        .bind(LOOK_OF_A_PAGE)
        .fetch_optional(self.pool())
        .await
        .expect("delays are noted");
        let (seconds, why) = longest.unwrap_or_default();
        (Duration::from_secs_f64(seconds), why)
    }

    /// Runs one more `web` and gives its address; the first admin's password is [`ADMIN_PASSWORD`].
    pub async fn add_web(&mut self) -> SocketAddr {
        let config = web::Config {
            listen: ANYWHERE,
            admin_password: Some(ADMIN_PASSWORD.into()),
            ..web::Config::default()
        };
        let stop = CancellationToken::new();
        let clock = std::sync::Arc::new(self.clock.clone());
        let running = web::start(config, self.pool().clone().into(), clock, stop.clone())
            .await
            .expect("web runs");
        let addr = running.addr;
        let task = tokio::spawn(async move { running.stopped().await.expect("web runs") });
        self.services.push(Service { stop, task });
        addr
    }

    /// Tells the service that was added last to stop, as SIGTERM does; [`Self::stop_last`] waits until it has.
    pub fn tell_last_to_stop(&self) {
        if let Some(service) = self.services.last() {
            service.stop.cancel();
        }
    }

    /// Stops the service that was added last, as SIGTERM would.
    pub async fn stop_last(&mut self) {
        if let Some(service) = self.services.pop() {
            service.stop.cancel();
            service.task.await.expect("the service stops");
        }
    }

    /// Waits until Slack holds this many sockets.
    pub async fn connected(&self, sockets: usize) {
        wait_for("the sockets", async || {
            (self.sandbox.sockets().count() == sockets).then_some(())
        })
        .await;
    }

    /// Waits until the worker knows the channels, the people and the user groups of the workspace.
    pub async fn channels_copied(&self) {
        wait_for("the channels, people and groups", async || {
            (self.count("slack_copies").await >= 3).then_some(())
        })
        .await;
        self.settled().await;
    }

    /// Waits until no job is left but those planned for later, and gives how many incidents there are.
    pub async fn settled(&self) -> i64 {
        self.finished().await;
        while self.tries_again && self.try_again().await {
            self.finished().await;
        }
        self.count("incidents").await
    }

    /// The jobs that are left but those planned for later; none where the database does not tell.
    pub async fn unfinished(&self) -> Option<Vec<Unfinished>> {
        let mut conn = self.pool().acquire().await.ok()?;
        let mut unfinished = queue::admin::unfinished(&mut conn).await.ok()?;
        let now = self.clock.now();
        let planned = |kind: &str| PLANNED.contains(&kind);
        unfinished.retain(|job| !(planned(&job.kind) && job.attempts == 0 && job.run_at > now));
        Some(unfinished)
    }

    async fn finished(&self) {
        let done = async {
            while self.unfinished().await.is_none_or(|jobs| !jobs.is_empty()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(SETTLE_TIME, done).await.is_err() {
            let mut conn = self.pool().acquire().await.expect("a connection");
            let discarded = queue::admin::discarded(&mut conn, None, 20).await;
            panic!(
                "jobs were left: {:#?}\ndiscarded: {discarded:#?}",
                self.unfinished().await
            );
        }
    }

    /// Moves the clock of the services in process, and waits until everything is done that comes with the new time.
    pub async fn move_clock(&self, delta: TimeDelta) {
        self.execute("DROP TRIGGER IF EXISTS first_ticks_only ON job_ticks")
            .await;
        self.clock.advance(delta);
        let now = self.clock.now();
        wait_for("the ticks of the periodic jobs", async || {
            let late = "SELECT count(*) FROM job_ticks WHERE last_tick + every <= $1";
            let late: i64 = sqlx::query_scalar(late).bind(now).fetch_one(self.pool()).await.ok()?;
            (late == 0).then_some(())
        })
        .await;
        self.settled().await;
    }

    /// Lets time pass for what is written down, which child processes notice too: everything happened so much earlier, and
    /// what is planned comes so much sooner.
    pub async fn pass(&self, time: TimeDelta) {
        let statements = [
            "UPDATE incidents SET declared_at = declared_at - $1, resolved_at = resolved_at - $1,
                                  last_update_at = last_update_at - $1, reminders_until = reminders_until - $1",
            "UPDATE effects SET first_started_at = first_started_at - $1, last_started_at = last_started_at - $1,
                                answered_at = answered_at - $1",
            "UPDATE jobs SET run_at = run_at - $1 WHERE state = 'waiting'",
        ];
        for statement in statements {
            sqlx::query(statement)
                .bind(time)
                .execute(self.pool())
                .await
                .expect("the times are moved");
        }
    }

    /// Has a periodic job done as if its tick came now.
    pub async fn tick(&self, job: queue::NewJob) {
        let mut tx = self.pool().begin().await.expect("a transaction");
        queue::enqueue_at(&mut tx, Utc::now(), vec![job]).await.expect("a job");
        tx.commit().await.expect("a commit");
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(self.pool())
            .await
            .expect("a count")
    }

    /// The one text that a query gives.
    pub async fn text(&self, sql: &'static str) -> String {
        sqlx::query_scalar(sql).fetch_one(self.pool()).await.expect("a text")
    }

    /// Changes the database as no service does.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.pool()).await.expect("valid SQL");
    }

    /// Waits until some session of this database is in the middle of a commit.
    pub async fn in_commit(&self) {
        let sessions = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND query ~ '(^|; )COMMIT'";
        wait_for("a commit", async || {
            let sessions: i64 = sqlx::query_scalar(sessions).fetch_one(self.pool()).await.ok()?;
            (sessions > 0).then_some(())
        })
        .await;
    }

    /// Waits until a table has this many rows.
    pub async fn counted(&self, table: &str, rows: i64) {
        wait_for(table, async || (self.count(table).await == rows).then_some(())).await;
    }

    /// Waits until Slack holds any socket.
    pub async fn reachable(&self) {
        wait_for("a socket", async || (self.sandbox.sockets().count() > 0).then_some(())).await;
    }

    fn store_config(&self, url: &str) -> store::Config {
        let mut config = store::Config::at(url).expect("the database's address");
        if let Some(connections) = self.connections {
            config.max_connections = connections;
            config.open_connections = connections / 2;
        }
        config
    }

    fn slack_config(&self, timeout: Duration) -> slack::Config {
        slack::Config {
            api_url: self.sandbox.slack_api_url(),
            bot_token: self.sandbox.app().bot_token.clone().into(),
            app_token: Some(self.sandbox.app().app_token.clone().into()),
            timeout,
            proxies: slack::Proxies::default(),
        }
    }

    /// A client of Slack that is the bot.
    pub fn slack(&self) -> slack::Client {
        let config = self.slack_config(PRODUCTION.call);
        slack::Client::new(&config, slack::NoRateLimits).expect("a client")
    }

    /// Changes a setting, as an admin does, and waits until every service in process has heard of it.
    pub async fn set(&self, key: &str, value: serde_json::Value) {
        let mut tx = self.pool().begin().await.expect("a transaction");
        store::settings::set(&mut tx, key, &value).await.expect("a setting");
        let set_at: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&mut *tx)
            .await
            .expect("the time");
        tx.commit().await.expect("a commit");
        // Whoever keeps the settings reads them anew by the connection that hears of changes.
        let heard = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = $1 AND query_start >= $2
                   AND state = 'idle' AND query LIKE 'SELECT key, value FROM settings%'";
        wait_for("the services to hear of a setting", async || {
            let heard = sqlx::query_scalar(heard)
                .bind(store::SETTINGS_LISTENER)
                .bind(set_at)
                .fetch_one(self.pool())
                .await;
            let heard: i64 = heard.ok()?;
            (usize::try_from(heard).ok()? >= self.services.len()).then_some(())
        })
        .await;
    }

    /// Stops everything, as SIGTERM would, and waits for its end.
    pub async fn end(mut self) {
        crate::contracts::check(&self.sandbox.calls());
        while !self.services.is_empty() {
            self.stop_last().await;
        }
        self.sandbox.stop();
    }

    fn run<F>(&mut self, service: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(service(stop.clone()));
        self.services.push(Service { stop, task });
    }
}

impl Drop for System {
    /// A test that failed must not leave services behind that look for a database that is gone.
    fn drop(&mut self) {
        for service in &self.services {
            service.stop.cancel();
            service.task.abort();
        }
        self.sandbox.stop();
    }
}
