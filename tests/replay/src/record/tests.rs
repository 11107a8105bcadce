//! Lines of the logs of several servers.

use super::*;

const CLF: &str = r#"192.0.2.7 - li [10/Oct/2026:13:55:38 +0200] "GET /de/products/mug?utm=li HTTP/1.1" 200 2326 "https://search.example/?q=li" "Mozilla/5.0"
2001:db8::1 - - [10/Oct/2026:11:55:36 +0000] "GET / HTTP/2.0" 200 9 "-" "curl/8"
192.0.2.7 - li [10/Oct/2026:13:55:39 +0200] "POST /api/v1/orders HTTP/1.1" 201 12
192.0.2.7 - li [10/Oct/2026:13:55:40 +0200] "GET /orders/A7?token=secret HTTP/1.1" 200 12
192.0.2.9 - - [10/Oct/2026:13:55:40 +0200] "GET /staff/v1/orders HTTP/1.1" 401 12
192.0.2.9 - - [10/Oct/2026:13:55:40 +0200] "DELETE / HTTP/1.1" 405 0
what is this

"#;

fn lines(recorded: &Recorded) -> String {
    let mut text = Vec::new();
    recorded.trace.write(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_log_becomes_a_trace_without_anything_of_a_person() {
    let recorded = record(CLF.as_bytes(), &[]).unwrap();
    let expected =
        "0 0 GET /\n2000 1 GET /products/mug\n3000 1 POST /api/v1/orders\n4000 1 GET /orders/-\n";
    assert_eq!(lines(&recorded), expected);
    assert_eq!(
        (recorded.visitors, recorded.dropped, recorded.unread),
        (2, 2, 1)
    );
    let mut text = Vec::new();
    recorded.trace.write(&mut text).unwrap();
    assert_eq!(Trace::read(text.as_slice()).unwrap(), recorded.trace);
}

#[test]
fn json_lines_of_three_servers_are_read() {
    let log = r#"{"EdgeStartTimestamp":"2026-10-10T11:55:36Z","ClientIP":"192.0.2.1","ClientRequestMethod":"GET","ClientRequestURI":"/search?q=tea"}
{"EdgeStartTimestamp":1791633337000000000,"ClientIP":"192.0.2.1","ClientRequestMethod":"GET","ClientRequestURI":"/cart","EdgeResponseBytes":1200}
{"time_iso8601":"2026-10-10T13:55:38+02:00","remote_addr":"192.0.2.2","request_method":"HEAD","request_uri":"https://shop.example/products/mug","status":200,"bytes_sent":"900"}
{"level":"info","ts":1791633339.25,"request":{"remote_ip":"192.0.2.1","method":"POST","uri":"/sales/drop/place","headers":{"Cookie":["secret"]}},"status":303}
{"ts":1,"request":"GET /"}
"#;
    let sold = Sold::parse("drop,2026-10-10T12:00:00Z,2026-10-10T13:00:00Z,100").unwrap();
    let recorded = record(log.as_bytes(), &[sold]).unwrap();
    let expected = "0 0 GET /search?q=tea\n1000 0 GET /cart\n2000 1 GET /products/mug\n\
        3250 0 POST /api/v1/sales/drop/tickets\n";
    assert_eq!(lines(&recorded), expected);
    assert_eq!(recorded.unread, 1);
    let sent = |bytes| Sent { requests: 1, bytes };
    let expected = [("cart", sent(1_200)), ("product", sent(900))];
    let expected = expected.map(|(route, sent)| (route.to_owned(), sent));
    assert_eq!(recorded.sent, expected.into());
    let sale = &recorded.trace.sales[0];
    assert_eq!((sale.opens_ms, sale.closes_ms), (264_000, 3_864_000));
}

#[test]
fn what_is_no_log_and_no_sale_is_refused() {
    assert!(record("no\nlog\n".as_bytes(), &[]).is_err());
    let staff = CLF.lines().nth(4).unwrap();
    assert!(record(staff.as_bytes(), &[]).is_err());
    for wrong in [
        "drop",
        "drop,1,2,3",
        "drop,2026-10-10T12:00:00Z,2026-10-10T11:00:00Z,1",
    ] {
        assert!(Sold::parse(wrong).unwrap_err().contains("OPENS"), "{wrong}");
    }
}
