//! A gateway that stops, or a socket that Slack closes, and what people do at that moment.

use std::time::Duration;

use sandbox::{Channel, Message};
use testing::{Child, Proxy, System, wait_for};

use crate::declare::FIELDS;

/// Changes of an incident wait in the database for [`OPEN_GATE`].
const GATE: &str = "
    CREATE TABLE gate (is_open bool);
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER wait_at_gate BEFORE UPDATE OF severity ON incidents FOR EACH ROW EXECUTE FUNCTION wait_at_gate()";
const OPEN_GATE: &str = "INSERT INTO gate VALUES (true)";

/// How long a press may take in these tests: a slow machine must not turn one that is carried out into one that is not confirmed.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

fn config() -> sandbox::Config {
    let mut config = sandbox::Config::default();
    config.timing.ack_timeout = ANSWER_WITHIN + Duration::from_secs(5);
    config
}

/// The channels of two incidents, each with its panel.
async fn two_incidents(system: &System) -> [(Channel, Message); 2] {
    system.declare("alice", &FIELDS).await;
    system.declare("alice", &FIELDS).await;
    system.declared(2).await;
    let channels = system.sandbox.channels().into_iter();
    let ours: Vec<_> = channels
        .filter(|channel| channel.name.starts_with("inc-"))
        .map(|channel| {
            let panel = system.sandbox.pins(&channel.id).remove(0);
            (channel, panel)
        })
        .collect();
    ours.try_into().unwrap()
}

/// Waits until so many presses wait at the gate.
async fn at_gate(system: &System, presses: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'";
    wait_for("presses at the gate", async || {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(system.pool()).await.ok()?;
        (waiting == presses).then_some(())
    })
    .await;
}

/// These incidents are SEV1, and the channel of each was told so once.
async fn each_was_raised_once(system: &System, channels: &[&Channel]) {
    system.settled().await;
    assert_eq!(
        system.count("incidents WHERE severity = 'sev1'").await,
        i64::try_from(channels.len()).unwrap()
    );
    for channel in channels {
        assert_eq!(
            system.notices_in(&channel.id),
            ["alice raised the severity from SEV2 to SEV1."]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_comes_while_another_is_in_hand_is_acknowledged() {
    let mut system = System::new(config()).await;
    system.answer_within = ANSWER_WITHIN;
    system.add_worker();
    system.add_gateway();
    system.ready().await;
    let [(here, here_panel), (there, there_panel)] = two_incidents(&system).await;
    system.execute(GATE).await;
    let alice = system.sandbox.person("alice");

    let first = alice.select(&here.id, &here_panel.ts, "severity.set", "sev1");
    let second = async {
        at_gate(&system, 1).await;
        system.tell_last_to_stop();
        // The socket on which nothing is in hand is closed at once.
        system.connected(1).await;
        let second = alice.select(&there.id, &there_panel.ts, "severity.set", "sev1");
        let opened = async {
            at_gate(&system, 2).await;
            system.execute(OPEN_GATE).await;
        };
        tokio::join!(second, opened).0
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_acked() && second.is_acked(), "{first:?}\n{second:?}");
    system.stop_last().await;
    assert_eq!(system.sandbox.sockets().count(), 0);
    each_was_raised_once(&system, &[&here, &there]).await;
    system.end().await;
}

/// Slack closes a socket, as it does every few hours, while a press that came over it is in hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_is_in_hand_when_slack_closes_its_socket_is_acknowledged() {
    let mut config = config();
    config.timing.disconnect_warning = Duration::ZERO;
    config.timing.farewell = ANSWER_WITHIN;
    let mut system = System::new(config).await;
    system.answer_within = ANSWER_WITHIN;
    system.add_worker();
    system.add_gateway();
    system.ready().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let (channel, panel) = (system.incident_channel(), system.panel());
    system.execute(GATE).await;
    let alice = system.sandbox.person("alice");

    let pressed = alice.select(&channel.id, &panel.ts, "severity.set", "sev1");
    let closed = async {
        at_gate(&system, 1).await;
        system.sandbox.sockets().refresh();
        // Two new ones are open, and of those before the one that owes nothing is closed.
        system.connected(3).await;
        system.execute(OPEN_GATE).await;
    };
    let (pressed, ()) = tokio::join!(pressed, closed);
    assert!(pressed.is_acked(), "{pressed:?}");
    system.connected(2).await;
    each_was_raised_once(&system, &[&channel]).await;
    system.end().await;
}

/// What Slack sends before it knows that a socket is closed cannot be acknowledged on it any more. It is done all the same, and
/// whoever presses again because Slack tells them to changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_slack_sends_into_a_socket_that_is_being_closed_is_done() {
    let mut system = System::new(config()).await;
    system.add_worker();
    let proxy = Proxy::before(&system.sandbox.slack_api_url()).await;
    let through_proxy = proxy.url(&system.sandbox.slack_api_url());
    let mut gateway = Child::start_with("gateway", &system, &[("SLACK_API_URL", &through_proxy)]);
    gateway.ready().await;
    system.ready().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let (channel, panel) = (system.incident_channel(), system.panel());
    let alice = system.sandbox.person("alice");
    let press = || alice.select(&channel.id, &panel.ts, "severity.set", "sev1");

    proxy.hold();
    let pressed = async {
        // Both sockets are being closed.
        proxy.holds_of_clients(2).await;
        let sent = async {
            proxy.holds_of_servers(1).await;
            proxy.release();
        };
        tokio::join!(press(), sent).0
    };
    tokio::join!(gateway.stop(), pressed);
    assert_eq!(system.count("incidents WHERE severity = 'sev1'").await, 1);

    let mut next = Child::start("gateway", &system);
    next.ready().await;
    let again = press().await;
    assert!(again.is_acked(), "{again:?}");
    each_was_raised_once(&system, &[&channel]).await;
    system.end().await;
}
