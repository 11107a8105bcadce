//! The body of a request as it comes in, up to a bound.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use souk_protocol::problem::{Problem, ProblemKind};

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than the bound.
    TooLarge,
    /// The connection ended before the body did.
    BrokenOff,
}

impl BodyError {
    /// The problem that the client gets; `bytes_max` is the bound.
    pub fn problem(self, bytes_max: usize) -> Problem {
        match self {
            Self::TooLarge => {
                let detail = format!("at most {bytes_max} bytes are read");
                Problem::new(ProblemKind::BodyTooLarge).detail(detail)
            }
            Self::BrokenOff => {
                let detail = "the body broke off on its way: send the same request again";
                let problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
                problem.detail(detail)
            }
        }
    }
}

/// The length that a request declares for its body.
pub fn declared_length(headers: &HeaderMap) -> Option<usize> {
    let declared = headers.get(header::CONTENT_LENGTH)?;
    declared.to_str().ok()?.parse().ok()
}

/// Collects a body, part by part.
#[derive(Debug)]
pub struct Body {
    bytes_max: usize,
    read: BytesMut,
}

impl Body {
    /// A body that may have so many bytes. One that is declared to be longer is refused before any
    /// of it is read.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`].
    pub fn begin(headers: &HeaderMap, bytes_max: usize) -> Result<Self, BodyError> {
        let declared = declared_length(headers);
        if declared.is_some_and(|length| length > bytes_max) {
            return Err(BodyError::TooLarge);
        }
        Ok(Self {
            bytes_max,
            read: BytesMut::new(),
        })
    }

    /// Takes the next part.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`], once there is more than the bound.
    pub fn push(&mut self, part: &[u8]) -> Result<(), BodyError> {
        if self.read.len() + part.len() > self.bytes_max {
            return Err(BodyError::TooLarge);
        }
        self.read.extend_from_slice(part);
        Ok(())
    }

    /// The whole body.
    pub fn finish(self) -> Bytes {
        self.read.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(length: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
        headers
    }

    #[test]
    fn a_body_of_exactly_the_bound_is_read() {
        let mut body = Body::begin(&declared("4"), 4).unwrap();
        assert_eq!(body.push(b"so"), Ok(()));
        assert_eq!(body.push(b"uk"), Ok(()));
        assert_eq!(body.finish(), "souk");
    }

    #[test]
    fn a_longer_one_is_refused_by_its_word_or_by_its_bytes() {
        assert_eq!(
            Body::begin(&declared("5"), 4).err(),
            Some(BodyError::TooLarge)
        );
        for headers in [HeaderMap::new(), declared("nonsense"), declared("1")] {
            let mut body = Body::begin(&headers, 4).unwrap();
            assert_eq!(body.push(b"sou"), Ok(()));
            assert_eq!(body.push(b"ks"), Err(BodyError::TooLarge));
        }
    }
}
