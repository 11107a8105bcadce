//! What is run, in which order, and what comes of it.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};
use souk_drill::{Environment, Experiment, Journal, RunStatus, Status, Variables, run};

/// An experiment whose shell commands leave lines in a file.
fn experiment(probe: Value, method: Value, rollbacks: Value) -> Experiment {
    let text = json!({
        "title": "t", "description": "d",
        "steady-state-hypothesis": {"title": "h", "probes": [probe]},
        "method": method, "rollbacks": rollbacks,
    });
    Experiment::parse(&text.to_string(), &Environment::default()).expect("an experiment")
}

fn shell(name: &str, line: &str) -> Value {
    json!({"type": "action", "name": name,
        "provider": {"type": "process", "path": "sh", "arguments": ["-c", line]}})
}

fn probe(line: &str, tolerance: Value) -> Value {
    let mut probe = shell("the probe", line);
    probe["type"] = "probe".into();
    probe["tolerance"] = tolerance;
    probe
}

async fn journal(experiment: &Experiment) -> (Journal, Vec<String>) {
    let variables = Variables::of(experiment, &Environment::default()).expect("its variables");
    let mut said = Vec::new();
    let journal = run(experiment, &variables, &mut |line: &str| {
        said.push(line.to_owned())
    })
    .await;
    (journal, said)
}

#[tokio::test]
async fn everything_is_played_in_its_order() {
    let all = experiment(
        probe("true", json!(0)),
        json!([shell("one", "echo 1"), {"ref": "the probe"}, shell("two", "exit 3")]),
        json!([shell("back", "echo back")]),
    );
    let (journal, said) = journal(&all).await;
    assert!(journal.is_passed());
    assert_eq!(journal.status, Status::Completed);
    let names: Vec<_> = journal.run.iter().map(|run| run.name()).collect();
    assert_eq!(names, ["one", "the probe", "two"]);
    assert_eq!(journal.run[0].output["stdout"], "1\n");
    assert_eq!(journal.run[2].output["status"], 3);
    assert_eq!(journal.rollbacks[0].output["stdout"], "back\n");
    assert_eq!(said[0], "before: h");
    assert!(said.contains(&"  holds: the probe".to_owned()), "{said:?}");
}

#[tokio::test]
async fn a_steady_state_that_is_lost_is_a_deviation_and_everything_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken").display().to_string();
    let all = experiment(
        probe(&format!("test ! -e {file}"), json!(0)),
        json!([shell("break", &format!("touch {file}"))]),
        json!([shell("repair", &format!("rm {file}"))]),
    );
    let (journal, _) = journal(&all).await;
    assert!(journal.deviated && !journal.is_passed());
    assert_eq!(journal.status, Status::Completed);
    let (run, is_before) = journal.broken().unwrap();
    assert_eq!((run.name(), is_before), ("the probe", false));
    assert_eq!(journal.rollbacks[0].output["status"], 0);
}

#[tokio::test]
async fn without_a_steady_state_nothing_is_done_but_the_rollbacks() {
    for (line, tolerance, status) in [
        ("false", json!(0), Status::Completed),
        ("sleep 5", json!(0), Status::Failed),
    ] {
        let mut never = probe(line, tolerance);
        never["provider"]["timeout"] = json!(0.2);
        let all = experiment(
            never,
            json!([shell("one", "true")]),
            json!([shell("back", "true")]),
        );
        let (journal, _) = journal(&all).await;
        assert_eq!(
            (journal.status, journal.deviated),
            (status, false),
            "{line}"
        );
        assert!(!journal.is_passed(), "{line}");
        assert!(journal.run.is_empty(), "{line}");
        assert_eq!(journal.rollbacks.len(), 1, "{line}");
        assert!(
            journal.broken().is_some_and(|(_, is_before)| is_before),
            "{line}"
        );
    }
}

#[tokio::test]
async fn what_runs_in_the_background_does_not_hold_up_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo").display().to_string();
    let mut waits = shell("waits", &format!("cat {fifo}"));
    waits["background"] = true.into();
    let all = experiment(
        probe("true", json!(0)),
        // It reads what the second one writes: neither ends alone.
        json!([
            shell("make", &format!("mkfifo {fifo}")),
            waits,
            shell("says", &format!("echo x > {fifo}"))
        ]),
        json!([]),
    );
    let (journal, _) = journal(&all).await;
    assert_eq!(journal.run[1].output["stdout"], "x\n");
    assert!(
        journal
            .run
            .iter()
            .all(|run| run.status == RunStatus::Succeeded)
    );
}

#[tokio::test]
async fn a_request_has_its_method_headers_and_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4_096];
        let mut length = 0;
        while !request[..length].ends_with(br#"{"n":7}"#) {
            length += stream.read(&mut request[length..]).unwrap();
        }
        let body = r#"{"ok":true}"#;
        let answer = format!(
            "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let text = json!({
        "title": "t", "description": "d",
        "configuration": {"host": address.to_string(), "n": 7, "token": "t1"},
        "method": [{"type": "action", "name": "ask", "provider": {
            "type": "http", "url": "http://${host}/a", "method": "post",
            "headers": {"Content-Type": "application/json", "X-Token": "${token}"},
            "arguments": {"n": "${n}"},
        }}],
    });
    let all = Experiment::parse(&text.to_string(), &Environment::default()).expect("its variables");
    let (journal, _) = journal(&all).await;
    assert_eq!(journal.run[0].output["status"], 202, "{:?}", journal.run[0]);
    assert_eq!(journal.run[0].output["body"], json!({"ok": true}));
    let heard = heard.join().unwrap().to_lowercase();
    assert!(heard.starts_with("post /a http/1.1"), "{heard}");
    assert!(heard.contains("x-token: t1"), "{heard}");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let good = json!({"title": "t", "description": "d", "method": []});
    let with = |key: &str, value: Value| {
        let mut text = good.clone();
        text[key] = value;
        text.to_string()
    };
    let http = |url: &str| json!({"type": "http", "url": url});
    for (text, expected) in [
        (
            "{".to_owned(),
            "EOF while parsing an object at line 1 column 1",
        ),
        (with("title", json!("")), "/title: it may not be empty"),
        (
            with("controls", json!([])),
            "/controls: this runner does not support it",
        ),
        (with("metod", json!([])), "/metod: no such key is known"),
        (
            with("method", json!([{"ref": "x"}])),
            "/method/0/ref: nothing in this experiment is called 'x'",
        ),
        (
            with(
                "method",
                json!([{"type": "action", "name": "a", "provider": http("")}]),
            ),
            "/method/0/provider/url: it may not be empty",
        ),
        (
            with("rollbacks", json!([shell("a", "true")])).replace("\"sh\"", "\"no-such-program\""),
            "/rollbacks/0/provider/path: there is no program 'no-such-program' on PATH",
        ),
        (
            with(
                "steady-state-hypothesis",
                json!({"title": "h", "probes": [shell("a", "true")]}),
            ),
            "/steady-state-hypothesis/probes/0/tolerance: a probe of the steady state has a tolerance",
        ),
        (
            with(
                "steady-state-hypothesis",
                json!({"title": "h", "probes": [probe("true", json!({"type": "jsonpath"}))]}),
            ),
            "/steady-state-hypothesis/probes/0/tolerance: this runner does not support 'jsonpath'",
        ),
    ] {
        let found = Experiment::parse(&text, &Environment::default());
        let found = found.unwrap_err().to_string();
        assert_eq!(found, expected, "{text}");
    }
    let python = r#"{"title":"t","description":"d","method":[{"type":"action","name":"a",
        "provider":{"type":"python","module":"m","func":"f"}}]}"#;
    assert!(Experiment::parse(python, &Environment::default()).is_err());
    let fine = Experiment::parse(&good.to_string(), &Environment::default());
    assert!(fine.unwrap().extension("souk").is_none());
}
