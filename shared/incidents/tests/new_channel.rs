//! A new channel in place of one that is gone.

use chrono::Utc;
use domain::Actor;
use incidents::{CommandError, Declaration, Desk, Request};
use testing::Database;

#[tokio::test]
async fn whoever_presses_second_hears_that_a_new_channel_was_made() {
    let request = |key: &str| Request {
        key: key.to_owned(),
        actor: Actor::System,
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    let database = Database::new().await;
    let pool = store::connect(&store::Config::at(database.url()).unwrap());
    let (desk, serving) = Desk::open(pool.clone());
    tokio::spawn(serving);
    let declaration = Declaration {
        description: "Cards are refused".to_owned(),
        ..Declaration::default()
    };
    let incident = desk.declare(request("declare"), declaration).await.unwrap().id;
    let press = async |key: &str| incidents::new_channel(&pool, &request(key), incident).await;
    let refused = press("early").await.unwrap_err();
    assert!(matches!(refused, CommandError::NoChannel), "{refused}");

    database
        .texts("UPDATE incidents SET channel_id = 'C1', channel_lost = 'deleted' RETURNING id::text")
        .await;
    press("first").await.unwrap();
    let refused = press("second").await.unwrap_err();
    assert!(matches!(refused, CommandError::ChannelMadeAnew), "{refused}");
}
