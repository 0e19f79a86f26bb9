//! Workers that died: known by their database connection, long before their leases end.
//!
//! Every engine holds a shared advisory lock on the connection that also listens ([`super::listen`]), and a row in
//! `job_workers` that names the lock. When a process dies, the kernel closes its connections and Postgres frees the lock.
//! The other engines check for listed workers without a lock, and make their running jobs wait again.
//!
//! A live process can lose that connection, too. It takes the lock again at once; the others give it
//! [`Config::dead_after`](crate::Config::dead_after) to do so. After a restart of Postgres nobody has a lock: then they
//! wait for [`Config::restart_grace`](crate::Config::restart_grace). Should jobs be given away although their process
//! lives, it notices when it has its lock again and stops the handlers. Their outcomes are refused because of the run's
//! number, as with a lease that has ended.

use std::collections::HashMap;

use sqlx::postgres::PgListener;
use sqlx::{Connection, Error};
use tokio::time::timeout;
use tracing::{debug, warn};
use uuid::Uuid;

use super::Engine;
use super::link::Link;
use super::rescue::{self, Lost};
use crate::enqueue::interval;

/// The key of the lock that identifies this engine's process: the random half of its identity.
fn lock_key(identity: Uuid) -> i64 {
    identity.as_u64_pair().1.cast_signed()
}

/// Takes the lock on this connection, and lists the engine as one that has it.
///
/// The lock is shared, so that it can be taken again while Postgres has not noticed yet that the connection of before is
/// gone. It waits only while another engine is releasing this one's jobs.
pub(super) async fn take_lock(engine: &Engine, connection: &mut PgListener) -> Result<(), Error> {
    let key = lock_key(engine.identity);
    sqlx::query!(r#"SELECT pg_advisory_lock_shared($1) AS "locked!""#, key)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO job_workers (identity, lock_key) VALUES ($1, $2)
         ON CONFLICT (identity) DO UPDATE SET locked_at = now()",
        engine.identity,
        key,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the engine off the list: it stops and has given everything back.
pub(super) async fn sign_off(engine: &Engine) {
    let mut link = engine.fetching.lock().await;
    let query = sqlx::query!("DELETE FROM job_workers WHERE identity = $1", engine.identity);
    let answer = timeout(link.patience(), async { query.execute(link.get().await?).await }).await;
    if let Err(error) = link.settle(answer) {
        debug!(%error, "another worker will take this one off the list");
    }
}

/// Workers without a lock, and in how many checks in a row they had none.
#[derive(Default)]
pub(super) struct Missing(HashMap<Uuid, u32>);

impl Missing {
    /// Forgets the earlier checks.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Records one check, and returns the workers that were missing in `limit` checks in a row.
    fn note(&mut self, missing: &[Uuid], limit: u32) -> Vec<Uuid> {
        self.0.retain(|worker, _| missing.contains(worker));
        let mut dead = Vec::new();
        for worker in missing {
            let looks = self.0.entry(*worker).or_default();
            *looks += 1;
            if *looks >= limit {
                dead.push(*worker);
            }
        }
        dead
    }
}

/// Checks once for dead workers, and makes their jobs wait again.
pub(super) async fn look(engine: &Engine, link: &mut Link, missing: &mut Missing) -> Result<(), Error> {
    let query = sqlx::query!(
        r#"SELECT w.identity AS "identity!" FROM job_workers w
           WHERE w.identity <> $1
             AND clock_timestamp() > pg_postmaster_start_time() + $2::interval
             AND NOT EXISTS (
                 SELECT FROM pg_locks l
                 WHERE l.locktype = 'advisory' AND l.mode = 'ShareLock' AND l.granted AND l.objsubid = 1
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND (l.classid::bigint << 32 | l.objid::bigint) = w.lock_key)"#,
        engine.identity,
        interval(engine.config.restart_grace),
    );
    let answer = timeout(link.patience(), async {
        query.map(|row| row.identity).fetch_all(link.get().await?).await
    })
    .await;
    let found = link.settle(answer)?;
    for worker in missing.note(&found, looks(engine)) {
        take_over(engine, link, worker).await?;
    }
    Ok(())
}

/// How many checks in a row make [`Config::dead_after`](crate::Config::dead_after). Checks are counted instead of time: a process
/// that was frozen meanwhile has seen nothing.
fn looks(engine: &Engine) -> u32 {
    let every = engine.config.dead_check.as_millis().max(1);
    let looks = engine.config.dead_after.as_millis() / every;
    u32::try_from(looks).unwrap_or(u32::MAX).saturating_add(1)
}

/// Makes the jobs of a dead worker wait again, in any queue, and removes it from the list. If it is alive after all, its leases
/// decide until it has its lock again.
async fn take_over(engine: &Engine, link: &mut Link, worker: Uuid) -> Result<(), Error> {
    let patience = link.patience();
    let taking_over = async {
        let mut tx = link.get().await?.begin().await?;
        // The worker cannot take its lock until this is committed, and then sees what it has lost.
        let is_free = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "free!""#, lock_key(worker))
            .fetch_one(&mut *tx)
            .await?;
        if !is_free {
            return Ok(Vec::new());
        }
        let jobs = rescue::release(engine, &mut tx, Lost::Worker(worker)).await?;
        if jobs.len() < rescue::AT_ONCE {
            sqlx::query!("DELETE FROM job_workers WHERE identity = $1", worker)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(jobs)
    };
    let answer = timeout(patience, taking_over).await;
    let jobs = link.settle(answer)?;
    if !jobs.is_empty() {
        warn!(%worker, jobs = jobs.len(), "a worker process died");
    }
    rescue::note(engine, &jobs, "its worker process died: the job will run again");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_counts_as_dead_when_it_is_missing_several_times_in_a_row() {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let mut missing = Missing::default();
        assert!(missing.note(&[one, other], 3).is_empty());
        assert!(missing.note(&[one], 3).is_empty());
        assert_eq!(missing.note(&[one, other], 3), vec![one]);
        assert!(missing.note(&[other], 3).is_empty());
        missing.forget();
        assert!(missing.note(&[other], 3).is_empty());
        assert_eq!(missing.note(&[other], 1), vec![other]);
    }

    #[test]
    fn processes_that_start_together_have_different_locks() {
        assert_ne!(lock_key(Uuid::now_v7()), lock_key(Uuid::now_v7()));
    }
}
