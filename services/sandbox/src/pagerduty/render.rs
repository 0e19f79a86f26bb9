//! What PagerDuty's things look like on the wire.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::model::{Account, Incident, Policy, Schedule, Service, User};

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn reference(kind: &str, path: &str, id: &str, summary: &str) -> Value {
    json!({
        "id": id, "type": format!("{kind}_reference"), "summary": summary,
        "self": format!("https://api.pagerduty.com/{path}/{id}"),
        "html_url": format!("https://sandbox.pagerduty.com/{path}/{id}"),
    })
}

impl Account {
    pub(super) fn user_reference(&self, id: &str) -> Value {
        let name = self.user(id).map(|user| user.name.as_str()).unwrap_or_default();
        reference("user", "users", id, name)
    }

    fn service_reference(&self, id: &str) -> Value {
        let service = self.services.iter().find(|service| service.id == id);
        let name = service.map(|service| service.name.as_str()).unwrap_or_default();
        reference("service", "services", id, name)
    }

    fn policy_reference(&self, id: &str) -> Value {
        let name = self.policy(id).map(|policy| policy.name.as_str()).unwrap_or_default();
        reference("escalation_policy", "escalation_policies", id, name)
    }

    fn schedule_reference(&self, id: &str) -> Value {
        let schedule = self.schedules.iter().find(|schedule| schedule.id == id);
        let name = schedule.map(|schedule| schedule.name.as_str()).unwrap_or_default();
        reference("schedule", "schedules", id, name)
    }

    pub(super) fn show_user(user: &User) -> Value {
        let mut shown = reference("user", "users", &user.id, &user.name);
        shown["type"] = json!("user");
        shown["name"] = json!(user.name);
        shown["email"] = json!(user.email);
        shown["time_zone"] = json!("Etc/UTC");
        shown["role"] = json!("user");
        shown["job_title"] = Value::Null;
        shown
    }

    pub(super) fn show_service(&self, service: &Service) -> Value {
        let mut shown = reference("service", "services", &service.id, &service.name);
        shown["type"] = json!("service");
        shown["name"] = json!(service.name);
        shown["description"] = Value::Null;
        shown["status"] = json!(service.status);
        shown["escalation_policy"] = self.policy_reference(&service.policy);
        shown
    }

    pub(super) fn show_schedule(&self, schedule: &Schedule) -> Value {
        let mut shown = reference("schedule", "schedules", &schedule.id, &schedule.name);
        shown["type"] = json!("schedule");
        shown["name"] = json!(schedule.name);
        shown["time_zone"] = json!("Etc/UTC");
        shown["users"] = schedule.users.iter().map(|user| self.user_reference(user)).collect();
        shown
    }

    pub(super) fn show_policy(&self, policy: &Policy) -> Value {
        let mut shown = reference("escalation_policy", "escalation_policies", &policy.id, &policy.name);
        shown["type"] = json!("escalation_policy");
        shown["name"] = json!(policy.name);
        let rules = policy.rules.iter().map(|rule| {
            let users = rule.users.iter().map(|user| self.user_reference(user));
            let schedules = rule.schedules.iter().map(|schedule| self.schedule_reference(schedule));
            let targets: Vec<_> = users.chain(schedules).collect();
            json!({ "id": policy.id, "escalation_delay_in_minutes": rule.minutes, "targets": targets })
        });
        shown["escalation_rules"] = rules.collect();
        let services = self.services.iter().filter(|service| service.policy == policy.id);
        shown["services"] = services.map(|service| self.service_reference(&service.id)).collect();
        shown
    }

    /// Everybody who is on call between two moments.
    pub(super) fn on_calls(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Value> {
        let mut all = Vec::new();
        for policy in &self.policies {
            for (rule, level) in policy.rules.iter().zip(1..) {
                let entry = |user: &str, schedule: Value, start: Value, end: Value| {
                    json!({
                        "user": self.user_reference(user), "schedule": schedule,
                        "escalation_policy": self.policy_reference(&policy.id), "escalation_level": level,
                        "start": start, "end": end,
                    })
                };
                all.extend(
                    rule.users
                        .iter()
                        .map(|user| entry(user, Value::Null, Value::Null, Value::Null)),
                );
                for schedule in self
                    .schedules
                    .iter()
                    .filter(|schedule| rule.schedules.contains(&schedule.id))
                {
                    for (user, start, end) in Self::turns(schedule, since, until) {
                        let by = self.schedule_reference(&schedule.id);
                        all.push(entry(&user, by, json!(time(start)), json!(time(end))));
                    }
                }
            }
        }
        all
    }

    pub(super) fn show_incident(&self, incident: &Incident) -> Value {
        let mut shown = reference("incident", "incidents", &incident.id, &incident.title);
        shown["type"] = json!("incident");
        shown["summary"] = json!(format!("[#{}] {}", incident.number, incident.title));
        shown["incident_number"] = json!(incident.number);
        shown["title"] = json!(incident.title);
        shown["created_at"] = json!(time(incident.created_at));
        shown["status"] = json!(incident.status);
        shown["incident_key"] = json!(incident.key);
        shown["urgency"] = json!(incident.urgency);
        shown["service"] = self.service_reference(&incident.service);
        shown["escalation_policy"] = match &incident.policy {
            Some(policy) => self.policy_reference(policy),
            None => Value::Null,
        };
        // Nobody is called any more by one that is over.
        let assigned = incident.assigned.iter().filter(|_| incident.status != "resolved");
        shown["assignments"] = assigned
            .map(|user| json!({ "at": time(incident.created_at), "assignee": self.user_reference(user) }))
            .collect();
        let acknowledgements = incident.acknowledged_by.iter();
        shown["acknowledgements"] = acknowledgements
            .map(|(user, at)| json!({ "at": time(*at), "acknowledger": self.user_reference(user) }))
            .collect();
        shown["last_status_change_at"] = json!(time(incident.changed_at));
        shown["last_status_change_by"] = self.user_reference(&incident.changed_by);
        shown["resolved_at"] = if incident.status == "resolved" {
            json!(time(incident.changed_at))
        } else {
            Value::Null
        };
        shown
    }
}
