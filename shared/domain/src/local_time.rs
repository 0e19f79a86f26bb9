//! Dates, times and durations as people read and choose them: in the company's time zone, to the minute.

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

/// How long something took, as people say it: its two largest parts.
pub fn duration(took: TimeDelta) -> String {
    let minutes = took.num_minutes().max(0);
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
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

    #[test]
    fn durations_read_well() {
        let of = |minutes| duration(TimeDelta::minutes(minutes));
        assert_eq!(
            [of(0), of(5), of(60), of(72)],
            ["less than a minute", "5 min", "1 h", "1 h 12 min"]
        );
        assert_eq!([of(24 * 60 + 5), of(3 * 24 * 60 + 120)], ["1 d", "3 d 2 h"]);
    }
}
