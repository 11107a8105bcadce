//! `GET /sales/{id}/opening.ics`: the opening of a sale for calendars (RFC 5545), with a reminder.

use http::StatusCode;
use souk_pages::{format, links, paths};
use souk_ports::Edge;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};

/// Bytes of a line, at most, without its end.
const LINE_BYTES_MAX: usize = 75;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn opening(&self, id: &str) -> Outcome {
        let reader = self.reader().await?;
        let sale = reader.sale(id).await?.ok_or(Failure::NotFound)?;
        let signals = self.signals().await;
        let room = sale.room(&signals, self.edge.now_ms());
        let session = room
            .as_ref()
            .map_or(&sale.session, |room| &room.room.session);
        let published_at_ms = reader.version.activated_at_ms;
        let moments = [published_at_ms, session.opens_at_ms, session.closes_at_ms];
        let [made, opens, closes] = moments.map(moment);
        let title = sale.sale.title.get(self.locale);
        let shop = self.about.name.get(self.locale);
        let base = &self.incoming.base_url;
        let host = base.split("://").nth(1).unwrap_or_default();
        let page = format!("{base}{}", links::page(self.locale, &paths::sale(id)));
        let number = session.number;
        let mut text = String::new();
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Souk//Souk//EN",
            "BEGIN:VEVENT",
            &format!("UID:{id}-{number}@{host}"),
            &format!("DTSTAMP:{made}"),
            &format!("DTSTART:{opens}"),
            &format!("DTEND:{closes}"),
            &format!("SUMMARY:{}", escaped(&format!("{title} – {shop}"))),
            &format!("URL:{page}"),
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            &format!("DESCRIPTION:{}", escaped(title)),
            "TRIGGER:-PT10M",
            "END:VALARM",
            "END:VEVENT",
            "END:VCALENDAR",
        ] {
            put(&mut text, line);
        }
        let content_type = "text/calendar; charset=utf-8";
        Ok(reply::body(
            StatusCode::OK,
            content_type,
            CachePolicy::Page,
            text,
        ))
    }
}

/// A moment in UTC: `20261122T083045Z`.
fn moment(ms_since_1970: i64) -> String {
    let text = format::timestamp(ms_since_1970).unwrap_or_default();
    text.replace(['-', ':'], "")
}

/// A text as RFC 5545, 3.3.11 has it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => escaped.extend(['\\', char]),
            '\n' => escaped.push_str("\\n"),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// Adds a line; a long one goes on after a break and a space (RFC 5545, 3.1).
fn put(text: &mut String, line: &str) {
    let mut bytes = 0;
    for char in line.chars() {
        bytes += char.len_utf8();
        if bytes > LINE_BYTES_MAX {
            text.push_str("\r\n ");
            bytes = 1 + char.len_utf8();
        }
        text.push(char);
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_and_texts_are_escaped() {
        let mut text = String::new();
        put(
            &mut text,
            &format!("SUMMARY:{}", escaped(&"茶, Tee;\n".repeat(20))),
        );
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX));
        let unfolded = text.replace("\r\n ", "");
        assert_eq!(unfolded.matches("茶\\, Tee\\;\\n").count(), 20);
        assert_eq!(moment(1_795_336_245_000), "20261122T083045Z");
    }
}
