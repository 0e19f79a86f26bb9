//! Dates and times as people read and choose them: in the company's time zone, to the minute.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A moment as a date (`2026-11-23`) and a time (`14:02`).
pub fn parts(at: DateTime<Utc>, zone: Tz) -> (String, String) {
    let local = at.with_timezone(&zone);
    (local.format("%Y-%m-%d").to_string(), local.format("%H:%M").to_string())
}

/// The moment that a date and a time mean; `None` when they are none.
///
/// Of an hour that comes twice the later one is meant, unless it has not come yet by `now`. A time that is skipped when
/// clocks go forward means the same as an hour later.
pub fn moment(date: &str, time: &str, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
    let local = date.and_time(time);
    let found = match zone.from_local_datetime(&local) {
        LocalResult::Single(found) => found,
        LocalResult::Ambiguous(first, second) if second > now => first,
        LocalResult::Ambiguous(_, second) => second,
        LocalResult::None => {
            let later = local.checked_add_signed(TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest()?
        }
    };
    Some(found.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn berlin() -> Tz {
        "Europe/Berlin".parse().unwrap()
    }

    #[test]
    fn there_and_back() {
        let at = utc("2026-11-23T22:30:00Z");
        let (date, time) = parts(at, berlin());
        assert_eq!((date.as_str(), time.as_str()), ("2026-11-23", "23:30"));
        assert_eq!(moment(&date, &time, berlin(), at), Some(at));
        assert_eq!(moment("tomorrow", &time, berlin(), at), None);
    }

    #[test]
    fn when_clocks_change() {
        let later = utc("2026-12-01T00:00:00Z");
        let twice = |now| moment("2026-10-25", "02:30", berlin(), now);
        assert_eq!(twice(later), Some(utc("2026-10-25T01:30:00Z")));
        assert_eq!(twice(utc("2026-10-25T00:45:00Z")), Some(utc("2026-10-25T00:30:00Z")));
        let skipped = moment("2026-03-29", "02:30", berlin(), later);
        assert_eq!(skipped, Some(utc("2026-03-29T01:30:00Z")));
    }
}
