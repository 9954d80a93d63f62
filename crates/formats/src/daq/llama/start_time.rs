//! When a run began, from the name of its file.

/// Unix time of `YYYYmmdd-HHMMSS` (or `T` between) in the name of a file, read as UTC; the last such part counts, 0 without one.
pub(super) fn unix_start(path: &str) -> f64 {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).as_bytes();
    let stamp = name
        .windows(15)
        .rev()
        .find(|part| part.iter().enumerate().all(|(i, c)| if i == 8 { matches!(c, b'-' | b'T') } else { c.is_ascii_digit() }));
    stamp.and_then(seconds).map_or(0.0, |seconds| seconds as f64)
}

fn seconds(stamp: &[u8]) -> Option<i64> {
    let number = |from: usize, digits: usize| stamp[from..from + digits].iter().fold(0_i64, |n, c| 10 * n + i64::from(c - b'0'));
    let [year, month, day] = [number(0, 4), number(4, 2), number(6, 2)];
    let [hour, minute, second] = [number(9, 2), number(11, 2), number(13, 2)];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970-03-01, years beginning in March. Source: E. M. Reingold, N. Dershowitz, "Calendrical Calculations".
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((24 * day + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_date_of_a_name_counts() {
        // date -u -d … +%s
        let cases = [
            ("20241218-150158-pulser.bin", 1_734_534_118.0),
            ("/x/20200101-000000/run_19700101T000001Z.bin", 1.0),
            ("a20000229-235959b20240229T120000Z.bin.gz", 1_709_208_000.0),
            ("20230229-120000.bin", 0.0),
            ("20241318-150158.bin", 0.0),
            ("pulser.bin", 0.0),
            ("", 0.0),
        ];
        for (name, wanted) in cases {
            assert_eq!(unix_start(name), wanted, "{name}");
        }
    }
}
