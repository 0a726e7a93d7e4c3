//! The calendar: days to dates and back, and formatting by `strftime` formats.

/// A point in calendar time, proleptic Gregorian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// Monday is 0.
    pub weekday: i64,
    /// From 1.
    pub yearday: i64,
    /// 1 for summer time, 0 for standard time, -1 if unknown.
    pub is_summer: i64,
    /// Seconds ahead of UTC.
    pub offset: i64,
    /// The time zone's abbreviation.
    pub zone: String,
}

pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days from 1 January 1970 to a date.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date (year, month, day) so many days after 1 January 1970.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

impl Civil {
    /// The calendar time of seconds since 1970, already moved to the zone.
    pub fn from_seconds(seconds: i64, is_summer: i64, offset: i64, zone: &str) -> Civil {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 3).rem_euclid(7),
            yearday: days - days_from_civil(year, 1, 1) + 1,
            is_summer,
            offset,
            zone: zone.to_owned(),
        }
    }

    /// `Sun Sep 16 01:03:52 1973`.
    pub fn asctime(&self) -> String {
        let Civil { day, hour, minute, second, year, .. } = self;
        let (weekday, month) = (&self.weekday_name()[..3], &self.month_name()[..3]);
        format!("{weekday} {month}{day:3} {hour:02}:{minute:02}:{second:02} {year}")
    }

    fn weekday_name(&self) -> &'static str {
        WEEKDAYS[self.weekday.rem_euclid(7) as usize]
    }

    fn month_name(&self) -> &'static str {
        MONTHS[(self.month - 1).rem_euclid(12) as usize]
    }

    /// ISO 8601: year and week.
    fn iso_week(&self) -> (i64, i64) {
        let week = (self.yearday - 1 - self.weekday + 10) / 7;
        let weeks_in = |year: i64| {
            let december = days_from_civil(year, 12, 31);
            let weekday = (december + 3).rem_euclid(7);
            let is_leap = days_from_civil(year + 1, 1, 1) - days_from_civil(year, 1, 1) == 366;
            if weekday == 3 || weekday == 4 && is_leap { 53 } else { 52 }
        };
        if week < 1 {
            (self.year - 1, weeks_in(self.year - 1))
        } else if week > weeks_in(self.year) {
            (self.year + 1, 1)
        } else {
            (self.year, week)
        }
    }
}

/// `strftime`.
pub fn format(format: &str, at: &Civil) -> String {
    let mut text = String::with_capacity(format.len() + 16);
    let mut chars = format.chars();
    while let Some(character) = chars.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let mut directive = chars.next();
        // GNU: '-' leaves padding out.
        let plain = directive == Some('-');
        if plain {
            directive = chars.next();
        }
        match directive {
            None => text.push('%'),
            Some(directive) => push_directive(&mut text, directive, plain, at),
        }
    }
    text
}

fn push_directive(text: &mut String, directive: char, plain: bool, at: &Civil) {
    let hour12 = if at.hour % 12 == 0 { 12 } else { at.hour % 12 };
    let sunday_week = (at.yearday + 6 - (at.weekday + 1) % 7) / 7;
    let monday_week = (at.yearday + 6 - at.weekday) / 7;
    let padded = |value: i64, width: usize| match plain {
        true => value.to_string(),
        false => format!("{value:0width$}"),
    };
    let spaced = |value: i64| if plain { value.to_string() } else { format!("{value:2}") };
    let nested = |inner: &str| format(inner, at);
    text.push_str(&match directive {
        'a' => at.weekday_name()[..3].to_owned(),
        'A' => at.weekday_name().to_owned(),
        'b' | 'h' => at.month_name()[..3].to_owned(),
        'B' => at.month_name().to_owned(),
        'c' => nested("%a %b %e %H:%M:%S %Y"),
        'C' => at.year.div_euclid(100).to_string(),
        'd' => padded(at.day, 2),
        'D' | 'x' => nested("%m/%d/%y"),
        'e' => spaced(at.day),
        'F' => nested("%Y-%m-%d"),
        'g' => padded(at.iso_week().0.rem_euclid(100), 2),
        'G' => at.iso_week().0.to_string(),
        'H' => padded(at.hour, 2),
        'I' => padded(hour12, 2),
        'j' => padded(at.yearday, 3),
        'k' => spaced(at.hour),
        'l' => spaced(hour12),
        'm' => padded(at.month, 2),
        'M' => padded(at.minute, 2),
        'n' => "\n".to_owned(),
        'p' => if at.hour < 12 { "AM" } else { "PM" }.to_owned(),
        'P' => if at.hour < 12 { "am" } else { "pm" }.to_owned(),
        'r' => nested("%I:%M:%S %p"),
        'R' => nested("%H:%M"),
        's' => (days_from_civil(at.year, at.month, at.day) * 86_400
            + at.hour * 3600
            + at.minute * 60
            + at.second
            - at.offset)
            .to_string(),
        'S' => padded(at.second, 2),
        't' => "\t".to_owned(),
        'T' | 'X' => nested("%H:%M:%S"),
        'u' => (at.weekday + 1).to_string(),
        'U' => padded(sunday_week, 2),
        'V' => padded(at.iso_week().1, 2),
        'w' => ((at.weekday + 1) % 7).to_string(),
        'W' => padded(monday_week, 2),
        'y' => padded(at.year.rem_euclid(100), 2),
        'Y' => at.year.to_string(),
        'z' => {
            let sign = if at.offset < 0 { '-' } else { '+' };
            let minutes = at.offset.abs() / 60;
            format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        'Z' => at.zone.clone(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for days in (-800_000..800_000).step_by(997) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(11_016), (2000, 2, 29));
    }

    #[test]
    fn formats_as_glibc() {
        let at = Civil::from_seconds(1_700_000_000, 0, 0, "UTC");
        assert_eq!(at.asctime(), "Tue Nov 14 22:13:20 2023");
        assert_eq!(
            format("%Y-%m-%d %H:%M:%S %j %U %W %V %G %u %w", &at),
            "2023-11-14 22:13:20 318 46 46 46 2023 2 2"
        );
        assert_eq!(
            format("%I:%M %p %y %% %e %-d %z %Z %c", &at),
            "10:13 PM 23 % 14 14 +0000 UTC Tue Nov 14 22:13:20 2023"
        );
        let at = Civil::from_seconds(1_609_459_200, 0, 0, "UTC");
        assert_eq!(format("%V %G %U %W %j", &at), "53 2020 00 00 001");
    }
}
