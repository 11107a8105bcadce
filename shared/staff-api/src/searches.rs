//! What shoppers search for, what they do not find, and how often the help helps.

use http::{HeaderValue, StatusCode, header};
use souk_protocol::staff::REPORT_DAYS_MAX;
use souk_search_tallies::{Report, SearchTallies, day_of};
use souk_service_http::{JSON, empty};

use crate::reply::{Outcome, invalid};

/// Days of a report that names none.
const DAYS: i64 = 30;

/// A report about the last days that a query asks for.
pub(crate) async fn report<S: SearchTallies>(
    tallies: &S,
    about: Report,
    query: &str,
    now_ms: i64,
) -> Outcome {
    let mut days = Some(DAYS);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "days" {
            let detail = "there is no such parameter".to_owned();
            return Err(invalid(&format!("?{name}"), detail).with_status(400).into());
        }
        let asked = value.parse().ok();
        days = asked.filter(|days| (1..=REPORT_DAYS_MAX).contains(days));
    }
    let Some(days) = days else {
        let detail = format!("a number from 1 to {REPORT_DAYS_MAX}");
        return Err(invalid("?days", detail).with_status(400).into());
    };
    let report = tallies.report(about, days, day_of(now_ms)).await?;
    // JSON already, as the store wrote it.
    let mut response = empty(StatusCode::OK);
    let json = HeaderValue::from_static(JSON);
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    *response.body_mut() = report.into();
    Ok(response)
}
