//! Messages that people pin to an incident. What is changed here is part of the transaction of the job that looked at the
//! message.

use chrono::{DateTime, Utc};
use domain::Actor;
use domain::description::cut_at_word;
use domain::timeline::Happening;
use store::PgConnection;
use store::pins::Pin;

use crate::JobCommandError;
use crate::touched::touched;

/// The most characters of a message that its timeline entry repeats; the whole stands with the pin.
const MAX_NOTED: usize = 2_000;

/// Pins a message to its incident. Nothing changes when it is pinned already.
pub async fn pin(conn: &mut PgConnection, pin: &Pin) -> Result<(), JobCommandError> {
    if store::incidents::lock(conn, pin.incident).await?.is_none() || !store::pins::insert(conn, pin).await? {
        return Ok(());
    }
    let pinned = Happening::Pinned {
        ts: pin.ts.clone(),
        author: pin.author_name.clone(),
        text: cut_at_word(&pin.text, MAX_NOTED),
    };
    store::timeline::append(conn, pin.incident, pin.pinned_at, &pin.pinned_by, &pinned, false).await?;
    touched(conn, pin.incident, pin.pinned_at, "pinned").await?;
    Ok(())
}

/// Unpins a message. Nothing changes when it is not pinned any more.
pub async fn unpin(
    conn: &mut PgConnection,
    pin: &Pin,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, pin.incident).await?;
    let Some(pin) = store::pins::get(conn, &pin.channel_id, &pin.ts).await? else {
        return Ok(());
    };
    store::pins::remove(conn, &pin.channel_id, &pin.ts).await?;
    let unpinned = Happening::Unpinned {
        ts: pin.ts,
        author: pin.author_name,
    };
    store::timeline::append(conn, pin.incident, now, actor, &unpinned, false).await?;
    touched(conn, pin.incident, now, "unpinned").await?;
    Ok(())
}

/// Keeps what a pinned message says after it was edited.
pub async fn pin_edited(
    conn: &mut PgConnection,
    pin: &Pin,
    text: &str,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, pin.incident).await?;
    if store::pins::set_text(conn, &pin.channel_id, &pin.ts, text, now).await? {
        touched(conn, pin.incident, now, "pin edited").await?;
    }
    Ok(())
}
