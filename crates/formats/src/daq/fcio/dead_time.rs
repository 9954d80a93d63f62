//! Dead time of each channel, in whole nanoseconds.
//!
//! The dead region of an event is the last interval for which the buffers of its channels were full. It is queued at each of
//! these channels if it starts after 0 and stops later than the last one queued there; an event takes off those that are over
//! (`stop ≤ t + 3` ns). A region that starts at 0 stops where the trigger was enabled (legend-daq2lh5 with fcio 0.7.10, and the
//! files of LEGEND period 14).

use std::collections::VecDeque;

/// Intervals that wait for their end, over all channels; more come from no crate.
const MOST_QUEUED: usize = 1 << 20;

/// When the trigger of a channel was enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Enabled {
    /// no event with a region that starts at 0 so far
    Unknown,
    /// as the time offsets of each event say
    FromOffsets,
    /// at this time
    At(i64),
}

#[derive(Clone, Debug)]
struct Channel {
    queue: VecDeque<(i64, i64)>,
    last_stop: i64,
    total: i64,
    /// length of the last interval taken off, and the number of the event that took it
    interval: (i64, u64),
    enabled: Enabled,
}

const FRESH: Channel =
    Channel { queue: VecDeque::new(), last_stop: i64::MIN, total: 0, interval: (0, 0), enabled: Enabled::Unknown };

/// The dead region of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: i64,
    pub(super) stop: i64,
    /// first channel and number of channels, where the record says so
    pub(super) channels: Option<(i32, i32)>,
}

/// Times of a channel at an event, ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) runtime: i64,
    pub(super) lifetime: i64,
    pub(super) deadtime: i64,
    pub(super) interval: i64,
}

/// Dead time of all channels of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct DeadTime {
    channels: Vec<Channel>,
    /// channels of the last region that named them
    range: (usize, usize),
    queued: usize,
    event: u64,
    /// the last region, all of whose channels have seen it
    seen: Option<(Region, (usize, usize))>,
}

impl DeadTime {
    pub(super) fn new(channels: usize) -> Self {
        Self { channels: vec![FRESH; channels], ..Self::default() }
    }

    /// Takes the region of an event at `t`; `sparse` events (type 11) concern the channels of the region only.
    ///
    /// # Errors
    /// More intervals that are not over than any crate sends; nothing was changed then.
    pub(super) fn event(&mut self, t: i64, region: Option<Region>, sparse: bool) -> Result<(), String> {
        let all = self.channels.len();
        if let Some((first, count)) = region.and_then(|r| r.channels) {
            let first = usize::try_from(first).unwrap_or(0).min(all);
            self.range = (first, first + usize::try_from(count).unwrap_or(0).min(all - first));
        }
        let range = self.range.0..self.range.1;
        if let Some(region) = region
            && self.seen != Some((region, self.range))
        {
            if region.start > 0 {
                if self.queued + range.len() > MOST_QUEUED {
                    return Err("more than 2²⁰ dead intervals that are not over".to_owned());
                }
                for channel in &mut self.channels[range.clone()] {
                    if region.stop > channel.last_stop {
                        channel.last_stop = region.stop;
                        channel.queue.push_back((region.start, region.stop));
                        self.queued += 1;
                    }
                }
            } else {
                for channel in &mut self.channels[range.clone()] {
                    if channel.enabled == Enabled::Unknown {
                        channel.enabled = if region.stop > 0 { Enabled::At(region.stop) } else { Enabled::FromOffsets };
                    }
                }
            }
            self.seen = Some((region, self.range));
        }
        self.event += 1;
        if self.queued > 0 {
            let concerned = if sparse { range } else { 0..all };
            for channel in &mut self.channels[concerned] {
                while let Some(&(start, stop)) = channel.queue.front()
                    && stop <= t.saturating_add(3)
                {
                    channel.queue.pop_front();
                    self.queued -= 1;
                    let length = stop.saturating_sub(start);
                    channel.total = channel.total.saturating_add(length);
                    channel.interval = (length, self.event);
                }
            }
        }
        Ok(())
    }

    /// Times of a channel at the event that was just taken, at `t`; `offset` is the enable time of its time offsets.
    pub(super) fn times(&self, channel: usize, t: i64, offset: i64) -> Times {
        let Some(channel) = self.channels.get(channel) else {
            return Times { runtime: t.saturating_sub(offset), lifetime: t.saturating_sub(offset), deadtime: 0, interval: 0 };
        };
        let enabled = if let Enabled::At(time) = channel.enabled { time } else { offset };
        let runtime = t.saturating_sub(enabled);
        let interval = if channel.interval.1 == self.event { channel.interval.0 } else { 0 };
        Times { runtime, lifetime: runtime.saturating_sub(channel.total), deadtime: channel.total, interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFSET: i64 = 4_500_000_000;

    fn at(ticks: i64) -> i64 {
        5_000_000_000 + 4 * ticks
    }

    fn region(start: i64, stop: i64, channels: Option<(i32, i32)>) -> Option<Region> {
        Some(Region { start: at(start), stop: at(stop), channels })
    }

    /// Intervals and dead times as fcio 0.7.10 gives them for the same regions.
    #[test]
    fn intervals_are_taken_when_they_are_over() {
        let mut dead = DeadTime::new(6);
        let all = Some((0, 6));
        let steps: [(i64, Option<Region>, bool, i64, i64); 9] = [
            (4000, region(3500, 3900, all), false, 1600, 1600),
            (5000, region(3500, 3900, all), false, 0, 1600),
            (6000, region(5500, 5900, None), false, 1600, 3200),
            (7000, region(6500, 6900, None), true, 1600, 4800),
            (12000, region(11500, 15900, all), false, 0, 4800),
            (13000, region(12500, 12900, all), false, 0, 4800),
            (17000, region(12500, 12900, all), false, 17600, 22400),
            (20500, region(20500, 20501, all), false, 0, 22400),
            (21000, None, false, 4, 22404),
        ];
        for (i, (ticks, region, sparse, interval, total)) in steps.into_iter().enumerate() {
            dead.event(at(ticks), region, sparse).unwrap();
            let times = dead.times(4, at(ticks), OFFSET);
            assert_eq!((times.interval, times.deadtime), (interval, total), "step {i}");
            assert_eq!((times.runtime, times.lifetime), (at(ticks) - OFFSET, at(ticks) - OFFSET - total), "step {i}");
        }
    }

    #[test]
    fn sparse_events_concern_the_channels_of_their_region() {
        let mut dead = DeadTime::new(6);
        dead.event(at(1000), region(500, 900, Some((0, 3))), true).unwrap();
        assert_eq!(dead.times(0, at(1000), OFFSET).interval, 1600);
        assert_eq!(dead.times(4, at(1000), OFFSET).interval, 0);
        dead.event(at(2000), region(1500, 1900, Some((3, 3))), true).unwrap();
        assert_eq!(dead.times(0, at(2000), OFFSET), Times { interval: 0, ..dead.times(0, at(2000), OFFSET) });
        assert_eq!((dead.times(0, at(2000), OFFSET).deadtime, dead.times(4, at(2000), OFFSET).deadtime), (1600, 1600));
    }

    /// fcio 0.7.10: 2, 6, 10, 14 µs.
    #[test]
    fn a_first_region_from_0_stops_where_the_trigger_was_enabled() {
        let mut dead = DeadTime::new(1);
        let from_zero = |stop| Some(Region { start: 0, stop, channels: Some((0, 1)) });
        for (ticks, region) in [(1000, from_zero(at(500))), (2000, from_zero(at(600))), (3000, None), (4000, from_zero(0))] {
            dead.event(at(ticks), region, false).unwrap();
            assert_eq!(dead.times(0, at(ticks), OFFSET).runtime, 4 * (ticks - 500));
        }
    }

    #[test]
    fn intervals_that_never_end_are_bounded() {
        let mut dead = DeadTime::new(60_000);
        let refused = (0..100).find(|i| dead.event(0, region(1, 1000 + i, Some((-5, i32::MAX))), false).is_err());
        assert_eq!(refused, Some(17));
    }
}
