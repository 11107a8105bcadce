//! One HTTP/1.1 connection, kept alive: as little work as there can be on the client's side, which
//! shares its processors with the server.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HEADERS_MAX: usize = 64;

/// A connection to a server on this machine.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a server answered; the body borrows from the connection.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// Name and value of the cookie that it sets.
    pub(crate) cookie: Option<String>,
    pub(crate) body: &'a [u8],
}

struct Head {
    status: u16,
    cookie: Option<String>,
    bytes: usize,
    length: Length,
}

#[derive(Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("no server answers at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a whole request and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection breaks or the answer is not HTTP.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read().await?;
            if let Some(head) = parse(&self.buffer)? {
                break head;
            }
        };
        match head.length {
            Length::Known(length) => {
                while self.buffer.len() < head.bytes + length {
                    self.read().await?;
                }
            }
            Length::Chunked => {
                while !unchunk(&mut self.buffer, head.bytes)? {
                    self.read().await?;
                }
            }
        }
        Ok(Answer {
            status: head.status,
            cookie: head.cookie,
            body: &self.buffer[head.bytes..],
        })
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// `None` while the head is not complete.
fn parse(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes)? else {
        return Ok(None);
    };
    let status = response.code.context("an answer without a status")?;
    let mut length = Length::Known(0);
    let mut cookie = None;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value)?;
            length = Length::Known(text.trim().parse()?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        } else if header.name.eq_ignore_ascii_case("set-cookie") {
            let text = std::str::from_utf8(header.value)?;
            cookie = text.split(';').next().map(str::to_owned);
        }
    }
    Ok(Some(Head {
        status,
        cookie,
        bytes: head,
        length,
    }))
}

/// Takes the chunk sizes out of a complete chunked body; false while it is not complete.
fn unchunk(buffer: &mut Vec<u8>, start: usize) -> Result<bool> {
    let mut body = Vec::new();
    let mut at = start;
    loop {
        let httparse::Status::Complete((line, size)) = httparse::parse_chunk_size(&buffer[at..])
            .map_err(|_| anyhow::anyhow!("a chunk without a size"))?
        else {
            return Ok(false);
        };
        let (from, size) = (at + line, usize::try_from(size)?);
        let end = from + size + 2;
        if buffer.len() < end {
            return Ok(false);
        }
        if size == 0 {
            buffer.truncate(start);
            buffer.append(&mut body);
            return Ok(true);
        }
        body.extend_from_slice(&buffer[from..from + size]);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_put_together_when_it_is_complete() {
        let whole = b"head4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n";
        for end in 4..whole.len() {
            assert!(!unchunk(&mut whole[..end].to_vec(), 4).unwrap(), "{end}");
        }
        let mut buffer = whole.to_vec();
        assert!(unchunk(&mut buffer, 4).unwrap());
        assert_eq!(buffer, b"headwikipedia");
    }

    #[test]
    fn the_length_of_a_body_is_read_from_the_head() {
        let head = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
            .unwrap()
            .unwrap();
        assert_eq!((head.status, head.length), (200, Length::Known(12)));
        let head = parse(b"HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n")
            .unwrap()
            .unwrap();
        assert_eq!((head.status, head.length), (503, Length::Chunked));
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-").unwrap().is_none());
    }

    #[test]
    fn a_cookie_is_read_without_its_attributes() {
        let head = parse(b"HTTP/1.1 303 x\r\nSet-Cookie: cart=a.b; Path=/\r\n\r\n").unwrap();
        assert_eq!(head.unwrap().cookie.as_deref(), Some("cart=a.b"));
    }
}
