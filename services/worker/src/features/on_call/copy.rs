//! Copies who is on call, page by page.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use jobs::{CopyPlace, OnCallList};
use pagerduty::PAGE;
use queue::{Discard, JobContext};
use store::PgConnection;
use store::on_call::{self, Policy, Schedule, Service, Shift, User};
use uuid::Uuid;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform, Periodic};

/// For how long ahead it is copied who will be on call: what is shown stays true when the next copy fails.
const AHEAD: TimeDelta = TimeDelta::hours(24);

/// How many entries a page has in common with the one before it: while a copy is made, as many may be deleted before its
/// place without one being skipped. What comes twice is kept once.
const OVERLAP: u32 = 10;

/// How often it is copied.
const EVERY: Duration = Duration::from_mins(30);

#[async_trait]
impl Perform for jobs::CopyOnCall {
    const ON_DISCARD: OnDiscard = OnDiscard::Told("lists of who is on call say why they are old");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        // Left from when it was switched on.
        let Some(pagerduty) = worker.vendors.pagerduty.client() else {
            return Ok(());
        };
        let now = context.now();
        let (place, is_first) = match self.place {
            Some(place) => (place, false),
            None => (
                CopyPlace {
                    copy: Uuid::now_v7(),
                    list: OnCallList::Users,
                    offset: 0,
                    since: now,
                },
                true,
            ),
        };
        let page = match read(pagerduty, &place).await {
            Ok(page) => page,
            Err(error) => {
                // It is tried again; until then what is shown tells how old it is.
                let mut conn = worker.pool.acquire().await?;
                on_call::copy_failed(&mut conn, &error.to_string(), now).await?;
                return Err(error.into());
            }
        };
        let mut tx = worker.pool.begin().await?;
        if is_first {
            on_call::begin_copy(&mut tx, place.copy).await?;
        } else if !on_call::is_copying(&mut tx, place.copy).await? {
            // A newer one has begun.
            return Ok(());
        }
        keep(&mut tx, place.copy, &page.kept).await?;
        match next(&place, page.more) {
            Some(next) => context.enqueue(&mut tx, vec![jobs::CopyOnCall::of(next)]).await?,
            None => on_call::show_copy(&mut tx, place.copy, now).await?,
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        on_call::copy_failed(conn, why.reason, worker.config.jobs.clock.now()).await
    }
}

inventory::submit!(Handler::of::<jobs::CopyOnCall>());
inventory::submit!(Periodic {
    name: "copy who is on call",
    every: |config| config.vendors.pagerduty.as_ref().map(|_| EVERY),
    job: |_, _| jobs::CopyOnCall::all(),
});

/// What a page held.
enum Kept {
    Users(Vec<User>),
    Services(Vec<Service>),
    Schedules(Vec<Schedule>),
    Policies(Vec<Policy>),
    Shifts(Vec<Shift>),
}

struct Page {
    kept: Kept,
    more: bool,
}

async fn read(pagerduty: &pagerduty::Client, place: &CopyPlace) -> pagerduty::Result<Page> {
    let offset = place.offset;
    Ok(match place.list {
        OnCallList::Users => {
            let page = pagerduty.users(offset).await?;
            let users = page.items.into_iter().map(|user| User {
                id: user.id,
                name: user.name,
                email: user.email,
            });
            Page {
                kept: Kept::Users(users.collect()),
                more: page.more,
            }
        }
        OnCallList::Services => {
            let page = pagerduty.services(offset).await?;
            let services = page.items.into_iter().map(|service| Service {
                id: service.id,
                name: service.name,
                status: service.status,
                policy_id: service.escalation_policy.map(|policy| policy.id),
            });
            Page {
                kept: Kept::Services(services.collect()),
                more: page.more,
            }
        }
        OnCallList::Schedules => {
            let page = pagerduty.schedules(offset).await?;
            let schedules = page.items.into_iter().map(|schedule| Schedule {
                id: schedule.id,
                name: schedule.name,
                url: schedule.html_url,
            });
            Page {
                kept: Kept::Schedules(schedules.collect()),
                more: page.more,
            }
        }
        OnCallList::Policies => {
            let page = pagerduty.escalation_policies(offset).await?;
            let policies = page.items.into_iter().map(|policy| Policy {
                id: policy.id,
                name: policy.name,
                url: policy.html_url,
                delays: policy
                    .escalation_rules
                    .iter()
                    .map(|rule| rule.escalation_delay_in_minutes)
                    .collect(),
            });
            Page {
                kept: Kept::Policies(policies.collect()),
                more: page.more,
            }
        }
        OnCallList::Shifts => {
            let until: DateTime<Utc> = place.since + AHEAD;
            let page = pagerduty.on_calls(place.since, until, offset).await?;
            let shifts = page.items.into_iter().map(|shift| Shift {
                policy_id: shift.escalation_policy.id,
                level: shift.escalation_level,
                user_id: shift.user.id,
                user_name: shift.user.summary,
                schedule_id: shift.schedule.map(|schedule| schedule.id),
                starts_at: shift.start,
                ends_at: shift.end,
            });
            Page {
                kept: Kept::Shifts(shifts.collect()),
                more: page.more,
            }
        }
    })
}

async fn keep(conn: &mut PgConnection, copy: Uuid, kept: &Kept) -> Result<(), store::Error> {
    match kept {
        Kept::Users(users) => on_call::keep_users(conn, copy, users).await,
        Kept::Services(services) => on_call::keep_services(conn, copy, services).await,
        Kept::Schedules(schedules) => on_call::keep_schedules(conn, copy, schedules).await,
        Kept::Policies(policies) => on_call::keep_policies(conn, copy, policies).await,
        Kept::Shifts(shifts) => on_call::keep_shifts(conn, copy, shifts).await,
    }
}

/// The page after this one; `None` after the last.
fn next(place: &CopyPlace, more: bool) -> Option<CopyPlace> {
    let after = |list| CopyPlace {
        list,
        offset: 0,
        ..place.clone()
    };
    if more {
        return Some(CopyPlace {
            offset: place.offset + PAGE - OVERLAP,
            ..place.clone()
        });
    }
    Some(after(match place.list {
        OnCallList::Users => OnCallList::Services,
        OnCallList::Services => OnCallList::Schedules,
        OnCallList::Schedules => OnCallList::Policies,
        OnCallList::Policies => OnCallList::Shifts,
        OnCallList::Shifts => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list page by page, as the jobs of a copy do, while entries before the place are deleted between pages.
    fn copied(mut list: Vec<u32>, deleted: usize) -> Vec<u32> {
        let mut place = CopyPlace {
            copy: Uuid::nil(),
            list: OnCallList::Users,
            offset: 0,
            since: DateTime::UNIX_EPOCH,
        };
        let mut kept = Vec::new();
        loop {
            let (offset, page) = (place.offset as usize, PAGE as usize);
            kept.extend(list.iter().skip(offset).take(page));
            match next(&place, list.len() > offset + page) {
                Some(after) if after.list == OnCallList::Users => place = after,
                _ => return kept,
            }
            list.drain(..deleted);
        }
    }

    #[test]
    fn nobody_is_skipped_when_others_are_deleted_meanwhile() {
        for length in [0, 1, 99, 100, 101, 189, 190, 191, 1_000] {
            for deleted in [0, 1, 10] {
                let kept = copied((0..length).collect(), if length > 200 { deleted } else { 0 });
                assert!((0..length).all(|entry| kept.contains(&entry)), "{length} {deleted}");
            }
        }
    }
}
