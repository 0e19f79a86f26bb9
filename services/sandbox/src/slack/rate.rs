//! Slack's rate limits: so many calls a minute per method, one message a second per channel.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Slack's tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// A limit of its own which nobody here reaches.
    Special,
}

impl Tier {
    fn per_minute(self) -> usize {
        match self {
            Self::Two => 20,
            Self::Three => 50,
            Self::Four => 100,
            Self::Special => 600,
        }
    }
}

/// Whether and how fast the limits hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimits {
    /// Off by default.
    pub enabled: bool,
    /// How many times faster than Slack's minutes and seconds pass; 60 makes a minute a second.
    pub speed: f64,
    /// How many messages may go to one channel at once before one a second is all.
    pub message_burst: usize,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: false,
            speed: 1.0,
            message_burst: 3,
        }
    }
}

impl RateLimits {
    /// The limits in force, `speed` times faster than real time.
    pub fn on(speed: f64) -> Self {
        Self {
            enabled: true,
            speed,
            ..Self::default()
        }
    }
}

#[derive(Default)]
pub(crate) struct Limiter {
    pub(crate) limits: RateLimits,
    windows: HashMap<String, VecDeque<Instant>>,
}

impl Limiter {
    pub(crate) fn set(&mut self, limits: RateLimits) {
        self.limits = limits;
        self.windows.clear();
    }

    /// Counts a call, or says after how long it may come again.
    pub(crate) fn take(
        &mut self,
        method: &str,
        tier: Tier,
        channel: Option<&str>,
        now: Instant,
    ) -> Result<(), Duration> {
        if !self.limits.enabled {
            return Ok(());
        }
        let minute = Duration::from_mins(1).div_f64(self.limits.speed.max(0.001));
        if method == "chat.postMessage" {
            let burst = self.limits.message_burst.max(1);
            let second = minute / 60;
            let length = second * u32::try_from(burst).unwrap_or(1);
            let key = format!("message {}", channel.unwrap_or_default());
            return self.count(key, burst, length, now);
        }
        self.count(method.to_owned(), tier.per_minute(), minute, now)
    }

    fn count(&mut self, key: String, most: usize, length: Duration, now: Instant) -> Result<(), Duration> {
        let window = self.windows.entry(key).or_default();
        while window.front().is_some_and(|first| now.duration_since(*first) >= length) {
            window.pop_front();
        }
        if let Some(first) = window.front()
            && window.len() >= most
        {
            return Err(length.saturating_sub(now.duration_since(*first)));
        }
        window.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_its_tier_and_a_channel_one_message_a_second() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..30 {
            let call = limiter.take("pins.add", Tier::Two, None, start);
            assert_eq!(call, Ok(()), "off by default");
        }
        limiter.set(RateLimits::on(60.0));
        for _ in 0..20 {
            assert_eq!(limiter.take("pins.add", Tier::Two, None, start), Ok(()));
        }
        let soon = start + Duration::from_millis(400);
        assert_eq!(
            limiter.take("pins.add", Tier::Two, None, soon),
            Err(Duration::from_millis(600))
        );
        let later = start + Duration::from_secs(1);
        assert_eq!(limiter.take("pins.add", Tier::Two, None, later), Ok(()));

        limiter.set(RateLimits::on(1.0));
        let post =
            |limiter: &mut Limiter, channel, at| limiter.take("chat.postMessage", Tier::Special, Some(channel), at);
        for _ in 0..3 {
            assert_eq!(post(&mut limiter, "C1", start), Ok(()));
        }
        assert_eq!(post(&mut limiter, "C1", start), Err(Duration::from_secs(3)));
        assert_eq!(post(&mut limiter, "C2", start), Ok(()));
        assert_eq!(post(&mut limiter, "C1", start + Duration::from_secs(3)), Ok(()));
    }
}
