//! Whether the shop on this machine answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Timeout of one request; the next one follows.
const TIMEOUT: Duration = Duration::from_secs(2);

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";

/// Whether `GET /healthz` answers 200.
pub(super) fn is_healthy(port: u16) -> bool {
    ask(port).unwrap_or(false)
}

fn ask(port: u16) -> std::io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    connection.write_all(REQUEST)?;
    let mut status = [0; b"HTTP/1.1 200".len()];
    connection.read_exact(&mut status)?;
    Ok(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// The result of [`is_healthy`] for a server with this answer.
    fn verdict(answer: &'static [u8]) -> bool {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = vec![0; REQUEST.len()];
            connection.read_exact(&mut request).unwrap();
            connection.write_all(answer).unwrap();
            request
        });
        let healthy = is_healthy(port);
        assert_eq!(server.join().unwrap(), REQUEST);
        healthy
    }

    #[test]
    fn only_an_answer_of_200_is_healthy() {
        assert!(verdict(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
        assert!(!verdict(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"));
        assert!(!verdict(b"HTTP/1.1"));
    }

    #[test]
    fn nothing_that_listens_is_not_healthy() {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        assert!(!is_healthy(port));
    }
}
