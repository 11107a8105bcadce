//! Whether the shop on this machine answers, and which of its functions do not serve.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Timeout of one request; the next one follows.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Whether `GET /healthz` answers 200.
pub(super) fn is_healthy(port: u16) -> bool {
    ask(port, "/healthz").is_ok_and(|(status, _)| status == 200)
}

/// The functions that do not serve, and what they say. A function whose settings are wrong answers
/// 503 to everything; the webhook of payments, asked by GET, answers something else otherwise.
pub(super) fn closed(port: u16) -> Vec<String> {
    let doors = [
        ("the storefront is not ready", "/readyz"),
        ("payments are closed", "/payments/stripe/webhook"),
    ];
    let doors = doors.into_iter().filter_map(|(what, path)| {
        Some(match ask(port, path) {
            Ok((503, answer)) => format!("{what}: {path} answered 503, {}", detail(&answer)),
            Ok((status, _)) if path == "/readyz" && status != 200 => {
                format!("{what}: {path} answered {status}")
            }
            Ok(_) => return None,
            Err(error) => format!("{what}: {path} does not answer: {error}"),
        })
    });
    doors.collect()
}

/// The sentence of a problem.
fn detail(answer: &str) -> String {
    let detail = answer.split_once("\"detail\":\"").map(|(_, rest)| rest);
    let detail = detail.and_then(|rest| rest.split('"').next());
    detail.unwrap_or("without a reason").to_owned()
}

/// The status and everything that comes after it.
fn ask(port: u16, path: &str) -> io::Result<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    connection.write_all(request(path).as_bytes())?;
    let mut status = [0; b"HTTP/1.1 200".len()];
    connection.read_exact(&mut status)?;
    let number = status.strip_prefix(b"HTTP/1.").map(|rest| &rest[2..]);
    let number = number.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    let number = number.ok_or_else(|| io::Error::other("this is no HTTP"))?;
    let mut answer = Vec::new();
    // What has come in time is enough: a server may keep the connection open.
    let _ = connection.take(ANSWER_BYTES_MAX).read_to_end(&mut answer);
    Ok((number, String::from_utf8_lossy(&answer).into_owned()))
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that gives these answers, one after the other, and then the paths it was asked for.
    fn server(answers: &'static [&'static str]) -> (u16, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let answer = |answer: &&str| {
                let (mut connection, _) = listener.accept().unwrap();
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    connection.read_exact(&mut byte).unwrap();
                    asked.extend(byte);
                }
                connection.write_all(answer.as_bytes()).unwrap();
                let asked = String::from_utf8(asked).unwrap();
                asked.split(' ').nth(1).unwrap().to_owned()
            };
            answers.iter().map(answer).collect()
        });
        (port, server)
    }

    /// The result of [`is_healthy`] for a server with this answer.
    fn verdict(answers: &'static [&'static str; 1]) -> bool {
        let (port, server) = server(answers);
        let healthy = is_healthy(port);
        assert_eq!(server.join().unwrap(), ["/healthz"]);
        healthy
    }

    #[test]
    fn only_an_answer_of_200_is_healthy() {
        assert!(verdict(&["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"]));
        assert!(!verdict(&["HTTP/1.1 503 Service Unavailable\r\n\r\n"]));
        assert!(!verdict(&["HTTP/1.1"]));
    }

    #[test]
    fn a_function_that_is_closed_is_named_with_what_it_says() {
        let (port, server) = server(&[
            "HTTP/1.1 200 OK\r\n\r\nready, catalogue version 1\n",
            "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"detail\":\"the shop is not set up\"}",
        ]);
        let closed = closed(port);
        assert_eq!(
            server.join().unwrap(),
            ["/readyz", "/payments/stripe/webhook"]
        );
        let said =
            "payments are closed: /payments/stripe/webhook answered 503, the shop is not set up";
        assert_eq!(closed, [said]);
    }

    #[test]
    fn a_shop_that_takes_no_cards_is_open() {
        let (port, server) = server(&["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n"]);
        assert_eq!(closed(port), Vec::<String>::new());
        server.join().unwrap();
    }

    #[test]
    fn an_empty_shop_is_not_ready() {
        let (port, server) = server(&["HTTP/1.1 500 Oh\r\n\r\n", "HTTP/1.1 405 No\r\n\r\n"]);
        assert_eq!(
            closed(port),
            ["the storefront is not ready: /readyz answered 500"]
        );
        server.join().unwrap();
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
