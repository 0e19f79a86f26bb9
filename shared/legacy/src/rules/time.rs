//! When something happened.
//!
//! 0.8.2 writes the wall clock of its process and, beside it, the abbreviation of the company's time zone: the label lies
//! unless both zones are the same. Only what a person typed into the timeline carries a label that is right.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{OffsetName, TZ_VARIANTS, Tz};

/// How far the digits of a row and the timestamp of its message may be apart: posting takes time, time zones take more.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);
/// Before the first release of 0.8.2, or long after the last: no time at all.
const YEARS: std::ops::RangeInclusive<i32> = 2015..=2100;

/// A time as 0.8.2 writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The digits.
    pub digits: NaiveDateTime,
    /// The abbreviation of a time zone beside them; empty where there is none.
    pub label: String,
}

impl Written {
    /// Reads the long form, `2026-06-15T12:10:00 CDT`.
    pub fn long(text: &str) -> Option<Self> {
        Self::parse(text, "%Y-%m-%dT%H:%M:%S")
    }

    /// Reads the short form, day first: `16/06/2026 15:03:55 CDT`.
    pub fn short(text: &str) -> Option<Self> {
        Self::parse(text, "%d/%m/%Y %H:%M:%S")
    }

    fn parse(text: &str, format: &str) -> Option<Self> {
        let (digits, rest) = NaiveDateTime::parse_and_remainder(text.trim(), format).ok()?;
        let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-');
        let label = rest.trim();
        if !YEARS.contains(&digits.year()) || label.len() > 10 || !label.chars().all(is_label) {
            return None;
        }
        Some(Self {
            digits,
            label: label.to_owned(),
        })
    }

    /// The moment, where the process that wrote it lived in `zone`.
    pub fn by_process(&self, zone: Tz) -> DateTime<Utc> {
        moments(self.digits, zone)
            .first()
            .copied()
            // Skipped when clocks went forward: no clock showed it, so it is read as the time before the change.
            .unwrap_or_else(|| at_offset(self.digits - TimeDelta::hours(1), zone) + TimeDelta::hours(1))
    }

    /// The moment, where a person picked it in the company's zone, and whether the label leaves no doubt.
    pub fn by_label(&self, company: Tz) -> (DateTime<Utc>, bool) {
        if matches!(self.label.as_str(), "UTC" | "GMT" | "Z") {
            return (self.digits.and_utc(), true);
        }
        if let Some(offset) = offset_named(company, self.digits, &self.label).or_else(|| numeric(&self.label)) {
            return (self.digits.and_utc() - offset, true);
        }
        // The company lived in another zone then. One label may stand for several.
        let mut offsets: BTreeMap<TimeDelta, usize> = BTreeMap::new();
        for zone in TZ_VARIANTS {
            if let Some(offset) = offset_named(zone, self.digits, &self.label) {
                *offsets.entry(offset).or_default() += 1;
            }
        }
        match offsets.iter().max_by_key(|(_, zones)| **zones) {
            Some((offset, _)) => (self.digits.and_utc() - *offset, offsets.len() == 1),
            None => (self.by_process(company), false),
        }
    }

    /// Whether it is exact to the minute only, as what a person picks is.
    pub fn is_whole_minute(&self) -> bool {
        self.digits.second() == 0
    }
}

/// A timestamp of Slack, which counts seconds of the epoch.
pub fn slack_ts(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = text.trim().split_once('.')?;
    if seconds.len() != 10 || micros.len() != 6 || !(seconds.to_owned() + micros).chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let at = DateTime::from_timestamp(seconds.parse().ok()?, micros.parse::<u32>().ok()?.checked_mul(1000)?)?;
    YEARS.contains(&at.year()).then_some(at)
}

/// What shows in which zone the process lived: the digits of a row, and the moment of the message posted with it.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// Names the row.
    pub row: &'a str,
    /// The digits of `created_at`.
    pub digits: NaiveDateTime,
    /// The moment of the message in the digest channel.
    pub posted: DateTime<Utc>,
}

impl Evidence<'_> {
    /// Whether the two agree where the process lived in `zone`.
    pub fn agrees(&self, zone: Tz) -> bool {
        moments(self.digits, zone)
            .iter()
            .any(|moment| (*moment - self.posted).abs() <= TOLERANCE)
    }
}

/// In which zone the process lived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The zone.
    pub zone: Tz,
    /// How many rows prove it.
    pub rows: usize,
    /// Rows that speak against it, where somebody has chosen the zone.
    pub against: Vec<String>,
}

/// Why the zone of the process is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// Some rows fit one zone, some another.
    #[error(
        "the rows of public.incidents disagree in which time zone the process ran ({} do not fit UTC, such as {}). Say which one to \
         use with --process-time-zone; rows that do not fit it get the time of their message in the digest channel", .0.len(), first(.0)
    )]
    Disagree(Vec<String>),
    /// All rows fit several zones, none of which is UTC or the company's.
    #[error(
        "the process did not run in UTC or in the company's time zone. All rows fit {}: say which one it was with --process-time-zone",
        .0.join(", ")
    )]
    Several(Vec<String>),
}

fn first(rows: &[String]) -> String {
    rows.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
}

/// Finds the zone of the process: the one that somebody has chosen, or the one that all rows fit.
pub fn prove(evidence: &[Evidence<'_>], company: Tz, chosen: Option<Tz>) -> Result<Proof, NotProven> {
    let against = |zone: Tz| {
        let rows = evidence.iter().filter(|row| !row.agrees(zone));
        rows.map(|row| row.row.to_owned()).collect::<Vec<_>>()
    };
    let proof = |zone, against: Vec<String>| Proof {
        zone,
        rows: evidence.len() - against.len(),
        against,
    };
    if let Some(zone) = chosen {
        return Ok(proof(zone, against(zone)));
    }
    for zone in [Tz::UTC, company] {
        if against(zone).is_empty() {
            return Ok(proof(zone, Vec::new()));
        }
    }
    let fitting: Vec<_> = TZ_VARIANTS
        .into_iter()
        .filter(|zone| evidence.iter().all(|row| row.agrees(*zone)))
        .map(|zone| zone.name().to_owned())
        .collect();
    if fitting.is_empty() {
        return Err(NotProven::Disagree(against(Tz::UTC)));
    }
    Err(NotProven::Several(fitting.into_iter().take(10).collect()))
}

/// The moments at which a clock in this zone shows these digits: two in the hour that comes twice, none in one that is
/// skipped.
fn moments(digits: NaiveDateTime, zone: Tz) -> Vec<DateTime<Utc>> {
    match zone.from_local_datetime(&digits) {
        LocalResult::Single(moment) => vec![moment.with_timezone(&Utc)],
        LocalResult::Ambiguous(first, second) => vec![first.with_timezone(&Utc), second.with_timezone(&Utc)],
        LocalResult::None => Vec::new(),
    }
}

fn at_offset(digits: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let offset = zone.offset_from_utc_datetime(&digits).fix();
    digits.and_utc() - TimeDelta::seconds(offset.local_minus_utc().into())
}

/// The offset that this zone calls so around this time. An hour that comes twice, or is skipped, is labelled by one of the
/// two names of those days.
fn offset_named(zone: Tz, digits: NaiveDateTime, label: &str) -> Option<TimeDelta> {
    [TimeDelta::zero(), TimeDelta::days(-1), TimeDelta::days(1)]
        .into_iter()
        .find_map(|away| {
            let offset = zone.offset_from_utc_datetime(&digits.checked_add_signed(away)?);
            (offset.abbreviation() == Some(label)).then(|| TimeDelta::seconds(offset.fix().local_minus_utc().into()))
        })
}

/// A label such as `+03` or `-0330`, which zones without a name have.
fn numeric(label: &str) -> Option<TimeDelta> {
    let (sign, digits) = match label.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| TimeDelta::minutes(sign * (hours * 60 + minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHICAGO: Tz = Tz::America__Chicago;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn both_forms_are_read() {
        let long = Written::long("2026-06-15T12:10:00 CDT").unwrap();
        assert_eq!(
            (long.digits.to_string().as_str(), long.label.as_str()),
            ("2026-06-15 12:10:00", "CDT")
        );
        assert_eq!(
            Written::short("16/06/2026 15:03:55 CDT").unwrap().digits.to_string(),
            "2026-06-16 15:03:55"
        );
        assert_eq!(Written::long("2026-06-15T12:10:00").unwrap().label, "");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "None",
            "yesterday",
            "2026-06-15",
            "2026-02-30T00:00:00 UTC",
            "0001-01-01T00:00:00 UTC",
            "2026-06-15T12:10:00 <script>",
        ] {
            assert_eq!(Written::long(text), None, "{text}");
        }
        assert_eq!(Written::short("06/16/2026 15:03:55 CDT"), None);
    }

    #[test]
    fn the_label_lies_for_what_the_process_wrote_and_is_right_for_people() {
        let written = Written::long("2026-06-15T07:02:00 CDT").unwrap();
        assert_eq!(written.by_process(Tz::UTC), utc("2026-06-15T07:02:00Z"));
        assert_eq!(written.by_label(CHICAGO), (utc("2026-06-15T12:02:00Z"), true));
    }

    #[test]
    fn the_hours_that_come_twice_or_never_have_the_label_of_winter() {
        for (text, moment) in [
            ("2026-11-01T01:30:00 CST", "2026-11-01T07:30:00Z"),
            ("2026-03-08T02:30:00 CST", "2026-03-08T08:30:00Z"),
            ("2026-10-31T20:12:00 CDT", "2026-11-01T01:12:00Z"),
        ] {
            assert_eq!(
                Written::long(text).unwrap().by_label(CHICAGO),
                (utc(moment), true),
                "{text}"
            );
        }
    }

    #[test]
    fn a_label_of_another_zone_is_looked_for() {
        let of = |text: &str| Written::long(text).unwrap().by_label(CHICAGO);
        assert_eq!(of("2026-01-05T12:00:00 UTC"), (utc("2026-01-05T12:00:00Z"), true));
        assert_eq!(of("2026-01-05T12:00:00 +03"), (utc("2026-01-05T09:00:00Z"), true));
        assert_eq!(of("2026-01-05T12:00:00 CET"), (utc("2026-01-05T11:00:00Z"), true));
        // Nowhere: the company's zone is the best guess.
        assert_eq!(of("2026-01-05T12:00:00 XYZ"), (utc("2026-01-05T18:00:00Z"), false));
    }

    #[test]
    fn timestamps_of_slack() {
        assert_eq!(
            slack_ts("1781525400.041937").unwrap().timestamp_micros(),
            1_781_525_400_041_937
        );
        for text in [
            "",
            "1781525400",
            "1781525400.04193",
            "x781525400.041937",
            "0000000000.000000",
            "-781525400.041937",
        ] {
            assert_eq!(slack_ts(text), None, "{text}");
        }
    }

    fn evidence<'a>(rows: &[(&'a str, &str)]) -> Vec<Evidence<'a>> {
        rows.iter()
            .map(|(digits, posted)| Evidence {
                row: digits,
                digits: Written::long(digits).unwrap().digits,
                posted: utc(posted),
            })
            .collect()
    }

    #[test]
    fn the_zone_of_the_process_is_proven() {
        let in_utc = evidence(&[
            ("2026-06-15T12:10:00 CDT", "2026-06-15T12:10:01Z"),
            ("2026-01-11T01:15:04 UTC", "2026-01-11T01:15:04Z"),
        ]);
        assert_eq!(prove(&in_utc, CHICAGO, None).unwrap().zone, Tz::UTC);
        let at_home = evidence(&[
            ("2026-06-15T07:10:00 CDT", "2026-06-15T12:10:01Z"),
            ("2026-01-11T01:15:04 CST", "2026-01-11T07:15:04Z"),
        ]);
        assert_eq!(prove(&at_home, CHICAGO, None).unwrap().zone, CHICAGO);
        assert_eq!(
            prove(&[], CHICAGO, None).unwrap(),
            Proof {
                zone: Tz::UTC,
                rows: 0,
                against: Vec::new()
            }
        );
    }

    #[test]
    fn where_rows_disagree_somebody_is_asked() {
        let mixed = evidence(&[
            ("2026-06-15T12:10:00 CDT", "2026-06-15T12:10:01Z"),
            ("2026-06-16T07:10:00 CDT", "2026-06-16T12:10:01Z"),
        ]);
        assert!(
            matches!(prove(&mixed, CHICAGO, None), Err(NotProven::Disagree(rows)) if rows == ["2026-06-16T07:10:00 CDT"])
        );
        let chosen = prove(&mixed, CHICAGO, Some(Tz::UTC)).unwrap();
        assert_eq!((chosen.rows, chosen.against.len()), (1, 1));
        let elsewhere = evidence(&[
            ("2026-06-15T14:10:00 CDT", "2026-06-15T12:10:01Z"),
            ("2026-01-15T13:10:00 CST", "2026-01-15T12:10:01Z"),
        ]);
        assert!(matches!(prove(&elsewhere, CHICAGO, None), Err(NotProven::Several(zones)) if !zones.is_empty()));
    }

    /// Every minute of years in which clocks change, in zones of all kinds.
    #[test]
    fn a_clock_is_read_back_wherever_it_shows_its_time_once() {
        for zone in [
            Tz::UTC,
            CHICAGO,
            Tz::Europe__Berlin,
            Tz::Australia__Lord_Howe,
            Tz::Asia__Kathmandu,
        ] {
            for hour in 0..(366 * 24) {
                let moment = utc("2026-01-01T00:07:00Z") + TimeDelta::hours(hour);
                let digits = moment.with_timezone(&zone).naive_local();
                let offset = zone.offset_from_utc_datetime(&moment.naive_utc());
                // Zones without a name are labelled by their offset, as Python does it.
                let unnamed = offset.fix().to_string().replace(':', "");
                let unnamed = unnamed
                    .strip_suffix("00")
                    .filter(|_| unnamed.len() == 5)
                    .unwrap_or(&unnamed);
                let written = Written {
                    digits,
                    label: offset.abbreviation().unwrap_or(unnamed).to_owned(),
                };
                assert!(moments(digits, zone).contains(&moment), "{zone} {moment}");
                if moments(digits, zone).len() == 1 {
                    assert_eq!(written.by_process(zone), moment, "{zone} {moment}");
                    assert_eq!(written.by_label(zone), (moment, true), "{zone} {moment}");
                }
            }
        }
    }
}
