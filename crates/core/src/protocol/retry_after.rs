//! `Retry-After`: how long a service asks to be left alone.

/// Reads `Retry-After`: seconds, or a date (`Sun, 06 Nov 1994 08:49:37 GMT`) seen from now.
pub fn retry_after(value: &str, now: Option<u64>) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number can hold are a very long time.
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    Some(http_date(value)?.saturating_sub(now?))
}

/// The preferred form of an HTTP date, in Unix seconds.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, text) = text.split_once(", ")?;
    let mut parts = text.split(' ');
    let mut number = |limit: u64| parts.next()?.parse::<u64>().ok().filter(|it| *it <= limit);
    let day = number(31)?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|it| *it == month)? as u64 + 1;
    let year = parts.next()?.parse::<u64>().ok().filter(|it| (1970..=9999).contains(it))?;
    let mut clock = parts.next()?.split(':');
    let mut number = |limit: u64| clock.next()?.parse::<u64>().ok().filter(|it| *it <= limit);
    let (hour, minute, second) = (number(23)?, number(59)?, number(60)?);
    if parts.next() != Some("GMT") {
        return None;
    }
    // Days since 1970, counted in years that begin in March, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second)
}
