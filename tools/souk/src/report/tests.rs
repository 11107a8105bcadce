//! What facts come to, and how that reads.

use souk_operations::{Draft, Journal};
use souk_protocol::origin::{AuditReport, FundsReport, PaymentMethod, Status, StockAccount};
use souk_protocol::staff::WorklistEntry;

use super::facts::{self, Facts, Load, SaleFacts};
use super::text::markdown;
use super::totals::{Report, report};

fn order(number: i64, status: Status) -> WorklistEntry {
    WorklistEntry {
        order: number.to_string(),
        status,
        revision: 0,
        placed_at_ms: number * 1_000,
        changed_at_ms: number * 1_000,
        hold_until_ms: None,
        payment: PaymentMethod::OnDelivery,
        delivery: "standard".to_owned(),
        units: 2,
        currency: "USD".to_owned(),
        total: 500,
        funds: FundsReport::default(),
    }
}

fn load(name: &str, orders: Option<u64>) -> Load {
    Load {
        name: name.to_owned(),
        sent: 10,
        valid: Some(true),
        statuses: [("201".to_owned(), 6), ("503".to_owned(), 3)].into(),
        errors: [("timed_out".to_owned(), 1)].into(),
        response_ms: [("p99".to_owned(), 12.34)].into(),
        orders,
    }
}

/// Three orders between 1 s and 4 s, one of which was given up.
fn facts() -> Facts {
    let mut journal = Journal::default();
    let mut record = |at, who: &str, what: &str, effect: &str| {
        let [who, what, effect] = [who, what, effect].map(str::to_owned);
        journal.append(Draft { who, what, effect }, at)
    };
    let journal = vec![
        record(999, "anna", "level 1", "before it"),
        record(1_000, "anna", "level 2: slow | late", "filters"),
        record(2_000, "plan", "step slow", "its check held after 2 s"),
        record(4_000, "clock", "end of level", "after it"),
    ];
    let sale = SaleFacts {
        id: "drop".to_owned(),
        planned: 6,
        accounts: vec![StockAccount {
            sku: "sale:drop:TEA".to_owned(),
            supplied: 6,
            available: 2,
            held: 1,
            sold: 3,
        }],
        room: None,
        orders: 2,
        units: 4,
    };
    Facts {
        since_ms: 1_000,
        until_ms: 4_000,
        journal,
        journal_error: None,
        orders: vec![
            order(3, Status::Confirmed),
            order(2, Status::Cancelled),
            order(1, Status::AwaitingPayment),
        ],
        under_way: 0,
        audit: AuditReport {
            skus: 1,
            orders: 3,
            outbox: 0,
            drift: Vec::new(),
        },
        drift: Vec::new(),
        sale: Some(sale),
        loads: vec![load("buyers", Some(3)), load("pages", None)],
    }
}

fn differing(report: &Report) -> Vec<&str> {
    report.differs.iter().map(|one| one.what.as_str()).collect()
}

#[test]
fn books_that_agree_differ_in_nothing() {
    let report = report(&facts());
    assert_eq!(differing(&report), Vec::<&str>::new());
    assert_eq!((report.orders.orders, report.orders.units), (3, 4));
    assert_eq!(report.orders.totals["USD"], 1_000);
    assert_eq!(report.orders.by_status["cancelled"], 1);
    let requests = report.requests.as_ref().unwrap();
    assert_eq!((requests.sent, requests.answered), (20, 18));
    assert_eq!(requests.by_status["201"], 12);
    let seqs: Vec<_> = report.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [2, 3], "only records of this time");
    assert_eq!((report.checks.held, report.checks.not_held), (1, 0));
}

#[test]
fn each_book_that_says_something_else_is_named_first() {
    type Case = (&'static str, fn(&mut Facts));
    let cases: [Case; 7] = [
        ("orders", |facts| facts.loads[0].orders = Some(2)),
        ("requests", |facts| facts.loads[1].sent += 1),
        ("units of the sale in orders", |facts| {
            facts.sale.as_mut().unwrap().units = 5;
        }),
        ("units sold beyond those that the sale had", |facts| {
            facts.sale.as_mut().unwrap().planned = 3;
        }),
        (
            "messages about orders that are not in the list yet",
            |facts| {
                facts.under_way = 1;
            },
        ),
        ("the journal: line 2", |facts| {
            facts.journal_error = Some("line 2".to_owned());
        }),
        ("SKU TEA", |facts| facts.drift = vec!["SKU TEA".to_owned()]),
    ];
    for (expected, change) in cases {
        let mut facts = facts();
        change(&mut facts);
        let report = report(&facts);
        assert_eq!(differing(&report), [expected]);
        let text = markdown(&report);
        let first = text.find(&format!("- {expected}: ")).unwrap();
        assert!(first < text.find("## What agrees").unwrap(), "{text}");
    }
}

#[test]
fn the_same_facts_give_the_same_bytes_and_a_text_that_reads() {
    let (one, two) = (report(&facts()), report(&facts()));
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(json, serde_json::to_string(&two).unwrap());
    let text = markdown(&one);
    assert_eq!(text, markdown(&two));
    for line in [
        "# Report, 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:04.000Z\n",
        "Nothing: every total is the same in every book.\n",
        "- orders: list of orders 3, acknowledged to clients 3\n",
        "1 held, 0 did not.\n",
        "- in all: 10.00 USD\n",
        "- sold 3, held 1, left 2\n",
        "- no answer, timed_out: 2\n",
        "| buyers | 10 | 12.3 | yes |\n",
        "| 2 | 1970-01-01T00:00:01.000Z | anna | level 2: slow \\| late | filters |\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn load_reports_are_read_from_files_and_folders_in_one_order() {
    let folder = std::env::temp_dir().join(format!("souk-report-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "b.json",
        r#"{"sent":2,"statuses":{"200":2},"valid":true,"response_ms":{"p99":1.5},"other":1}"#,
    );
    write("a.json", r#"{"sent":1,"errors":{"broken":1},"orders":0}"#);
    write("a.jsonl", "raw");
    let loads = facts::loads(std::slice::from_ref(&folder));
    write("c.json", "[]");
    let wrong = facts::loads(&[folder.join("c.json")]);
    std::fs::remove_dir_all(&folder).unwrap();
    let loads = loads.unwrap();
    let names: Vec<_> = loads.iter().map(|load| load.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!((loads[1].sent, loads[1].statuses["200"]), (2, 2));
    let wrong = wrong.unwrap_err().to_string();
    assert!(
        wrong.contains("is no report of a load generator"),
        "{wrong}"
    );
}
