//! Many declarations at once, and declarations while something they need is away.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use sandbox::{Outcome, RateLimits, Submission};
use testing::{Server, System, is_notice, wait_for};

/// How many times faster than Slack's own time passes in the burst against its limits.
const SPEED: i32 = 30;

pub(crate) const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// Who declares the incident of this number, and how they describe it.
pub(crate) fn declaration(number: usize) -> (&'static str, String) {
    (
        PEOPLE[number % PEOPLE.len()],
        format!("Shop {number:03} sells nothing\nSeen by its tills"),
    )
}

/// Every incident has what it should have, once: its channel with its declarer in it and its panel pinned, its post in the
/// digest channel, and a direct message to its declarer.
pub(crate) fn each_is_complete_once(system: &System, incidents: usize) {
    each_is_complete_once_and_tells(system, incidents, 0);
}

/// The same where so many changes were posted in each channel.
pub(crate) fn each_is_complete_once_and_tells(system: &System, incidents: usize, changes: usize) {
    let sandbox = &system.sandbox;
    let channels: Vec<_> = sandbox
        .channels()
        .into_iter()
        .filter(|channel| channel.name.starts_with("inc-"))
        .collect();
    assert_eq!(channels.len(), incidents, "channels");
    let digest = sandbox.messages("incidents");
    assert_eq!(digest.len(), incidents, "posts in the digest channel");
    let told: usize = PEOPLE.iter().map(|who| sandbox.direct_messages(who).len()).sum();
    assert_eq!(told, incidents, "direct messages");

    let mut panels = BTreeSet::new();
    for number in 0..incidents {
        let (who, text) = declaration(number);
        let title = text.lines().next().unwrap();
        let ours: Vec<_> = channels.iter().filter(|channel| channel.topic == title).collect();
        assert_eq!(ours.len(), 1, "channels of “{title}”");
        let channel = ours[0];
        assert!(
            channel.members.contains(sandbox.person(who).id()),
            "{who} is not in the channel of “{title}”"
        );
        let messages = sandbox.messages(&channel.id);
        let notices = system.notices_in(&channel.id);
        assert_eq!(
            notices.len(),
            changes,
            "changes told in the channel of “{title}”: {notices:?}"
        );
        let other = messages.iter().filter(|message| !is_notice(message)).count();
        assert_eq!(other, 1, "messages in the channel of “{title}”");
        assert!(messages[0].text.contains(title), "{}", messages[0].text);
        let pins: Vec<_> = sandbox.pins(&channel.id).into_iter().map(|pinned| pinned.ts).collect();
        assert_eq!(pins, [messages[0].ts.as_str()], "pins in the channel of “{title}”");
        panels.insert(channel.id.clone());
        let posts = digest.iter().filter(|post| post.text.contains(title));
        assert_eq!(posts.count(), 1, "posts of “{title}”");
        let words = sandbox.direct_messages(who);
        let words = words.iter().filter(|word| word.text.contains(&channel.id));
        assert_eq!(words.count(), 1, "direct messages about “{title}”");
    }
    assert_eq!(panels.len(), incidents, "distinct channels");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_against_slacks_rate_limits_loses_and_doubles_nothing() {
    const INCIDENTS: usize = 200;
    let mut config = sandbox::Config::default();
    // A slow machine must not turn an answer into none.
    config.timing.ack_timeout = Duration::from_secs(20);
    let mut system = System::new(config).await;
    for _ in 0..2 {
        system.add_gateway();
        system.add_worker_with(|config| config.pace_speed = f64::from(SPEED));
    }
    system.connected(4).await;
    system.channels_copied().await;
    let mut forms = Vec::new();
    for number in 0..INCIDENTS {
        let (who, text) = declaration(number);
        let person = system.sandbox.person(who);
        let form = system.open_form(&person).await;
        forms.push((person, form, text));
    }
    // A minute of Slack's is two seconds here: 200 channels take twenty, as they take ten minutes there. Nobody is
    // asked to wait less than a whole second, so more messages go to one channel at once.
    system.sandbox.set_rate_limits(RateLimits {
        message_burst: 20,
        ..RateLimits::on(f64::from(SPEED))
    });
    system.sandbox.clear_calls();
    let pressed = join_all(
        forms
            .iter()
            .map(async |(person, form, text)| system.submit(person, form, &[("Description", text)]).await),
    );
    tokio::join!(pressed, backlog_in_metrics());
    system.declared(200).await;
    each_is_complete_once(&system, INCIDENTS);
    follows_at_the_pace_of_channels(&system);
    system.end().await;
}

/// Published limits are counted ahead: all that Slack refuses is the probe, and what is on its way meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_within_what_is_known_of_slacks_limits_is_hardly_ever_refused() {
    const INCIDENTS: usize = 30;
    const MAX_REFUSED: usize = 5;
    let mut config = sandbox::Config::default();
    config.timing.ack_timeout = Duration::from_secs(20);
    let mut system = System::new(config).await;
    for _ in 0..2 {
        system.add_gateway();
        // Slower than this Slack takes it, since calls that go out in time may come late on a busy machine.
        system.add_worker_with(|config| config.pace_speed = 8.0);
    }
    system.connected(4).await;
    system.channels_copied().await;
    let mut forms = Vec::new();
    for number in 0..INCIDENTS {
        let (who, text) = declaration(number);
        let person = system.sandbox.person(who);
        let form = system.open_form(&person).await;
        forms.push((person, form, text));
    }
    system.sandbox.set_rate_limits(RateLimits {
        message_burst: 1,
        ..RateLimits::on(10.0)
    });
    system.sandbox.clear_calls();
    join_all(
        forms
            .iter()
            .map(async |(person, form, text)| system.submit(person, form, &[("Description", text)]).await),
    )
    .await;
    system.declared(30).await;
    each_is_complete_once(&system, INCIDENTS);
    let calls = system.sandbox.calls();
    let refused: Vec<_> = calls
        .iter()
        .filter(|call| call.outcome == Outcome::Status(429))
        .map(|call| call.method.as_str())
        .collect();
    assert!(refused.len() <= MAX_REFUSED, "refused: {refused:?}");
    system.end().await;
}

/// Waits until whoever watches the metrics sees that jobs wait for Slack.
async fn backlog_in_metrics() {
    wait_for("the backlog in the metrics", async || {
        let rendered = telemetry::metrics::handle().render();
        let mut depths = rendered
            .lines()
            .filter(|line| line.starts_with("incident_bot_jobs_depth{"));
        depths.find(|line| line.contains("state=\"later\"") && line.contains("slack") && !line.ends_with(" 0"))?;
        Some(())
    })
    .await;
}

/// What people wait for keeps up with the channels, and what is only tidied up does not hold it up.
fn follows_at_the_pace_of_channels(system: &System) {
    // How many channels may be made between one and what belongs to it.
    const BEHIND: usize = 40;
    let calls = system.sandbox.calls();
    let mut channels = system.sandbox.channels().into_iter();
    let digest = channels.find(|channel| channel.name == "incidents").unwrap().id;
    let done = |method: &str| {
        let of_method = calls
            .iter()
            .filter(|call| call.method == method && call.outcome == Outcome::Ok);
        of_method.collect::<Vec<_>>()
    };
    let limited = |method: &str| {
        let of_method = calls.iter().filter(|call| call.method == method);
        of_method.filter(|call| call.outcome == Outcome::Status(429)).count()
    };
    assert!(
        limited("conversations.create") > 0,
        "the limit of channels was never met"
    );
    let created = done("conversations.create");
    let invited = done("conversations.invite");
    // Panel and direct message; the digest has a pace of its own.
    let mut posted = done("chat.postMessage");
    posted.retain(|call| call.arg("channel") != digest);
    assert_eq!(invited.len(), created.len());
    assert_eq!(posted.len(), 2 * created.len());
    for (number, after) in created.iter().enumerate().skip(BEHIND) {
        let before = number - BEHIND;
        assert!(
            invited[before].seq < after.seq,
            "invitation {before} after channel {number}"
        );
        assert!(
            posted[2 * before].seq < after.seq,
            "message {} after channel {number}",
            2 * before
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_nothing_is_half_made() {
    const INCIDENTS: usize = 18;
    let server = Server::start("away");
    let mut config = sandbox::Config::default();
    // A slow machine must not turn an answer into none.
    config.timing.ack_timeout = Duration::from_secs(20);
    let mut system = System::on(&server, config).await;
    keep_what_is_committed(&system).await;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;

    let mut forms = Vec::new();
    for number in 0..INCIDENTS {
        let (who, text) = declaration(number);
        let person = system.sandbox.person(who);
        let form = system.open_form(&person).await;
        forms.push((person, form, text));
    }
    let (before, rest) = forms.split_at(6);
    let (during, meanwhile) = rest.split_at(6);

    // Slow enough for calls to be under way at any time.
    system.sandbox.faults().set_latency(Duration::from_millis(100));
    for (person, form, text) in before {
        system.submit(person, form, &[("Description", text)]).await;
    }
    // These are on their way while it goes.
    let pressed = join_all(
        during
            .iter()
            .map(async |(person, form, text)| person.submit(form, [("Description", text.as_str())]).await),
    );
    let stopped = async {
        wait_for("the first channel", async || {
            let mut channels = system.sandbox.channels().into_iter();
            channels.find(|channel| channel.name.starts_with("inc-"))
        })
        .await;
        stop(&server).await;
    };
    let (answers, ()) = tokio::join!(pressed, stopped);
    let mut unconfirmed = Vec::new();
    for (form, answer) in during.iter().zip(answers) {
        match answer {
            Submission::Closed => {}
            answer => {
                assert_could_not_be_confirmed(&answer);
                unconfirmed.push(form);
            }
        }
    }
    // These come while it is away.
    let answers = join_all(
        meanwhile
            .iter()
            .map(async |(person, form, text)| person.submit(form, [("Description", text.as_str())]).await),
    );
    for (form, answer) in meanwhile.iter().zip(answers.await) {
        assert_could_not_be_confirmed(&answer);
        unconfirmed.push(form);
    }

    start_again(&server).await;
    for (person, form, text) in unconfirmed {
        system.submit(person, form, &[("Description", text)]).await;
    }
    system.declared(18).await;
    each_is_complete_once(&system, INCIDENTS);
    system.end().await;
}

fn assert_could_not_be_confirmed(answer: &Submission) {
    let Submission::Errors(errors) = answer else {
        panic!("answered with {answer:?}");
    };
    assert!(
        errors["description"].starts_with("We couldn't confirm your change."),
        "{errors:?}"
    );
}

/// Test servers forget their last commits when they crash, unless told otherwise.
async fn keep_what_is_committed(system: &System) {
    system.execute("ALTER SYSTEM SET synchronous_commit = on").await;
    system.execute("SELECT pg_reload_conf()").await;
    wait_for("the server to know", async || {
        let shown = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(system.pool());
        let on: String = shown.await.ok()?;
        (on == "on").then_some(())
    })
    .await;
}

pub(crate) async fn stop(server: &Server) {
    let server = server.clone();
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
}

pub(crate) async fn start_again(server: &Server) {
    let server = server.clone();
    tokio::task::spawn_blocking(move || server.start_again()).await.unwrap();
}
