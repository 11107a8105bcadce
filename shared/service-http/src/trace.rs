//! W3C trace context: the identifier that ties the lines of all logs for one request together.

use http::HeaderValue;

/// A trace that a request belongs to, with a span of this hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    id: String,
    span: String,
    flags: String,
}

impl Trace {
    /// Continues the trace that the caller named, or begins one: level 1 of the recommendation,
    /// <https://www.w3.org/TR/trace-context/>. `random` names the span, and a trace that begins.
    pub fn new(traceparent: Option<&str>, random: [u8; 16]) -> Self {
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        let span = hex(&random[8..]);
        match traceparent.and_then(parse) {
            Some((id, flags)) => Self {
                id: id.to_owned(),
                span,
                flags: flags.to_owned(),
            },
            None => Self {
                id: hex(&random),
                span,
                flags: "00".to_owned(),
            },
        }
    }

    /// The identifier for the log: 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `traceparent` for the next hop.
    pub fn header(&self) -> HeaderValue {
        let text = format!("00-{}-{}-{}", self.id, self.span, self.flags);
        HeaderValue::from_str(&text).expect("hexadecimal digits and hyphens")
    }
}

/// Trace and flags of a valid header. A later version may have more parts behind these.
fn parse(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.trim().split('-');
    let mut part = |length: usize| {
        let part = parts.next()?;
        let digits = part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (part.len() == length && digits).then_some(part)
    };
    let (version, id, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    let zero = |part: &str| part.bytes().all(|b| b == b'0');
    let more = parts.next().is_some();
    if version == "ff" || (version == "00" && more) || zero(id) || zero(parent) {
        return None;
    }
    Some((id, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; 16] = [0xa1; 16];

    #[test]
    fn a_valid_trace_goes_on_under_a_span_of_its_own() {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = Trace::new(Some(given), RANDOM);
        let header = "00-0af7651916cd43dd8448eb211c80319c-a1a1a1a1a1a1a1a1-01";
        assert_eq!(trace.header(), header);
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes";
        assert_eq!(Trace::new(Some(later), RANDOM).header(), header);
    }

    #[test]
    fn what_is_not_valid_begins_a_trace() {
        let cases = [
            None,
            Some(""),
            Some("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"),
            Some("00-00000000000000000000000000000000-b7ad6b7169203331-01"),
            Some("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
            Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"),
            Some("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Some("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01"),
            Some("00-é"),
        ];
        for given in cases {
            let trace = Trace::new(given, RANDOM);
            assert_eq!(trace.id(), "a1".repeat(16), "{given:?}");
        }
    }
}
