//! Who is on call, for those who asked in a channel.

use chrono::{DateTime, Utc};
use slack::Message;
use slack::on_call::{self, MOST, Shown};

use crate::Worker;
use crate::failure::Failure;

/// Who is on call, of the teams that have all of these words.
pub(crate) async fn message(worker: &Worker, words: &[String], now: DateTime<Utc>) -> Result<Message, Failure> {
    let mut conn = worker.pool.acquire().await?;
    let state = store::on_call::state(&mut conn).await?;
    let mut most = i64::try_from(MOST).unwrap_or(i64::MAX);
    if words.is_empty() {
        // How many more there are is said.
        most = store::on_call::count_teams(&mut conn).await?.max(most);
    }
    let teams = store::on_call::teams(&mut conn, words, most, now).await?;
    Ok(on_call::message(&Shown {
        teams: &teams,
        is_search: !words.is_empty(),
        state: &state,
        now,
    }))
}
