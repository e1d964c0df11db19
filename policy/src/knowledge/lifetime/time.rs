//! Points in time as Kubernetes writes them (RFC 3339), without a clock and without a library of calendars.

use regwarden_sdk::text;

use super::Seconds;

const DAY: Seconds = 86_400;
/// Days from the first of March of the year 0 to the first of January 1970.
const EPOCH: Seconds = 719_468;

/// `2026-11-21T08:00:00Z`, the one form in which the API server writes times (`metav1.Time`); `None` for anything else.
#[inline(never)]
pub(crate) fn instant(text: &str) -> Option<Seconds> {
    const FORM: &[u8; 20] = b"0000-00-00T00:00:00Z";
    let mut parts: [Seconds; 6] = [0; 6];
    let mut at = 0;
    if text.len() != FORM.len() {
        return None;
    }
    for (byte, form) in text.bytes().zip(FORM) {
        match byte {
            b'0'..=b'9' if *form == b'0' => {
                let part = parts.get_mut(at)?;
                *part = *part * 10 + Seconds::from(byte - b'0');
            }
            _ if byte == *form => at += 1,
            _ => return None,
        }
    }
    let [year, month, day, hour, minute, second] = parts;
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60
    {
        return None;
    }
    // The year begins in March, so that the day that some have more is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - EPOCH;
    Some(days * DAY + hour * 3_600 + minute * 60 + second)
}

/// `2026-11-21 08:00 UTC`
#[inline(never)]
pub(crate) fn shown(seconds: Seconds) -> String {
    let days = seconds / DAY + EPOCH;
    let era = days / 146_097;
    let day = days % 146_097;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, next) = (day - (153 * month + 2) / 5 + 1, month / 10);
    let mut out = String::new();
    let year = era * 400 + year + next;
    let minute = seconds / 60 % 1_440;
    let parts = [(year, "-"), (month + 3 - 12 * next, "-"), (day, " "), (minute / 60, ":"), (minute % 60, " UTC")];
    for (number, mark) in parts {
        if number < 10 {
            out.push('0');
        }
        text::push_number(&mut out, usize::try_from(number).unwrap_or_default());
        text::append(&mut out, &[mark]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_kubernetes_writes_them() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2026-11-21T08:00:00Z", 1_795_248_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(instant(text), Some(seconds), "{text}");
        }
        assert_eq!(shown(1_795_248_000), "2026-11-21 08:00 UTC");
        assert_eq!(shown(951_868_799), "2000-02-29 23:59 UTC");
        assert_eq!(shown(0), "1970-01-01 00:00 UTC");
        for text in [
            "",
            "2026",
            "2026-11-21",
            "2026-11-21T08:00:00",
            "2026-11-21T08:00:00Zx",
            "2026-13-21T08:00:00Z",
            "2026-11-00T08:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T08:00:00+02:00",
            "2026-11-21T08:00:00.5Z",
            "2026x11-21T08:00:00Z",
            "202Z-11-21T08:00:00Z",
            "２０26-11-21T08:00:00Z",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            let seconds = day * DAY + 3_600 * (day % 24);
            let text = shown(seconds).replace(" UTC", ":00Z").replacen(' ', "T", 1);
            assert_eq!(instant(&text), Some(seconds), "{text}");
        }
    }
}
