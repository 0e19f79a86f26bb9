//! The copy of Slack's people and channels: what changes there is known here, and what is gone is marked.

use sandbox::NewChannel;
use testing::System;

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_slack_is_known_at_once() {
    let system = System::start().await;
    system.sandbox.clear_calls();
    system
        .sandbox
        .change_person("bob", |person| person.name = "robert".to_owned());
    system.counted("slack_users WHERE name = 'robert'", 1).await;
    system.sandbox.change_person("robert", |person| person.deleted = true);
    system
        .counted("slack_users WHERE name = 'robert' AND NOT active", 1)
        .await;
    system.sandbox.person("alice").invite_bot("random");
    system
        .counted("slack_channels WHERE name = 'random' AND member", 1)
        .await;
    assert_eq!(system.sandbox.calls().len(), 0, "nobody was asked");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_complete_copy_does_not_see_is_there_no_more() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.sandbox.add_people("person", 450);
    for number in 0..1_100 {
        system
            .sandbox
            .add_channel(&NewChannel::public(&format!("team-{number}")));
    }
    system
        .execute(
            "INSERT INTO slack_users (id, name, fetched_at) VALUES ('U1', 'gone', now() - interval '2 days'), ('U2', 'only heard of', NULL);
             INSERT INTO slack_channels (id, name, private, archived, member, fetched_at) VALUES ('C1', 'gone', false, false, true, now() - interval '2 days')",
        )
        .await;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    assert_eq!(system.count("slack_users WHERE NOT active").await, 1);
    assert_eq!(system.count("slack_users WHERE id = 'U2' AND active").await, 1);
    assert_eq!(system.count("slack_channels WHERE NOT active").await, 1);
    assert_eq!(system.count("slack_channels WHERE active").await, 1_103);
    system.end().await;
}
