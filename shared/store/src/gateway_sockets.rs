//! How many connections to Slack each gateway holds, so that those of strangers can be told from ours.

use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Keeps how many this gateway holds now.
pub async fn keep(conn: &mut PgConnection, replica: Uuid, sockets: i32) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO gateway_sockets (replica, sockets, heartbeat_at) VALUES ($1, $2, now())
         ON CONFLICT (replica) DO UPDATE SET sockets = excluded.sockets, heartbeat_at = excluded.heartbeat_at",
        replica,
        sockets
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A gateway ends.
pub async fn forget(conn: &mut PgConnection, replica: Uuid) -> Result<(), Error> {
    sqlx::query!("DELETE FROM gateway_sockets WHERE replica = $1", replica)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many all gateways hold that were heard of within the last 30 s.
pub async fn total(conn: &mut PgConnection) -> Result<i64, Error> {
    sqlx::query_scalar!(
        r#"SELECT COALESCE(sum(sockets), 0) AS "total!" FROM gateway_sockets WHERE heartbeat_at > now() - interval '30 seconds'"#
    )
    .fetch_one(conn)
    .await
}
