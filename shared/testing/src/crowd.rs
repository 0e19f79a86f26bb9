//! What a large company has at its vendors.

use crate::System;

/// The last of the teams.
pub const LAST_TEAM: &str = "Team 59";
/// One of the components.
pub const SOME_COMPONENT: &str = "Service 24-19";

impl System {
    /// 250 people, 200 schedules and 60 teams with three levels in PagerDuty. They are there once they are copied.
    pub fn crowd_pagerduty(&self) {
        self.sandbox.change_pagerduty(|account| {
            let users: Vec<_> = (0..250)
                .map(|number| account.add_user(&format!("Person {number}"), &format!("p{number}@example.com")))
                .collect();
            for number in 0..200 {
                account.add_schedule(&format!("Schedule {number}"), &users[number..number + 2]);
            }
            let schedules: Vec<_> = account.schedules.iter().map(|schedule| schedule.id.clone()).collect();
            for number in 0..60 {
                let levels = (0..3).map(|level| (30, vec![], vec![schedules[number * 3 + level].clone()]));
                let policy = account.add_policy(&format!("Team {number}"), levels.collect());
                account.add_service(&format!("Service {number}"), &policy);
            }
        });
    }

    /// 500 components in 25 groups on Statuspage. They are there once they are copied.
    pub fn crowd_statuspage(&self) {
        for group in 0..25 {
            let names: Vec<_> = (0..20)
                .map(|number| format!("Service {group:02}-{number:02}"))
                .collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            self.sandbox.add_components(Some(&format!("Region {group:02}")), &names);
        }
    }
}
