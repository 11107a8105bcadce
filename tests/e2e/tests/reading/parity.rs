//! The same requests to two platforms: equal status, equal headers that matter, equal bodies.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;
use souk_e2e::{Answer, Platform, Shop};

use crate::expectations::own_key;
use crate::journey::{self, Journey};
use crate::{Names, cases, shop};

/// Headers that must be the same. Left out are those of the connection, the date, and the age of
/// the catalogue, which depends on when it was published.
const HEADERS: [&str; 22] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "etag",
    "idempotent-replayed",
    "location",
    "permissions-policy",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "souk-catalogue-version",
    "souk-insights-version",
    "strict-transport-security",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
    "x-robots-tag",
];

async fn a_platform_answers_as_workers_do(platform: Platform) -> Result<()> {
    let (workers, other) = (shop(Platform::Workers).await?, shop(platform).await?);
    let names = Names::read(workers).await?;
    let test = format!("parity with {platform:?}");
    let left = answers(workers, &names, &test).await?;
    let right = answers(other, &names, &test).await?;
    assert_eq!(left.len(), right.len());
    let differences = differences(&left, &right);
    println!("{platform:?}: {} answers compared", left.len());
    assert!(
        differences.is_empty(),
        "{platform:?}:\n{}",
        differences.join("\n")
    );
    Ok(())
}

/// The parts of an answer, by name.
pub(crate) type Plain = BTreeMap<String, String>;

/// Every answer with its name, free of what must differ.
async fn answers(shop: &Shop, names: &Names, test: &str) -> Result<Vec<(String, Plain)>> {
    let client = shop.client().without_reuse();
    let mut answers = Vec::new();
    for mut case in cases::all(names) {
        own_key(&mut case, test);
        let answer = case.send(&client).await?;
        let mut plain = comparable(&answer);
        if case.volatile {
            plain.remove("body");
        }
        answers.push((case.name, plain));
    }
    answers.extend(journey_answers(&journey::run(&client, names, "").await?));
    Ok(answers)
}

/// The answers of a journey, free of what must differ.
pub(crate) fn journey_answers(journey: &Journey) -> Vec<(String, Plain)> {
    let plain = |(name, answer): &(&str, Answer)| {
        let mut plain = comparable(answer);
        for value in plain.values_mut() {
            *value = journey.without_secrets(value);
        }
        (format!("journey: {name}"), plain)
    };
    journey.steps.iter().map(plain).collect()
}

fn comparable(answer: &Answer) -> Plain {
    let mut plain = BTreeMap::from([("status".to_owned(), answer.status.to_string())]);
    for name in HEADERS {
        let values: Vec<_> = answer
            .headers
            .get_all(name)
            .iter()
            .map(|value| format!("{value:?}"))
            .collect();
        plain.insert(name.to_owned(), values.join("\n"));
    }
    let mut body = answer.text();
    if let Ok(Value::Object(mut order)) = answer.json::<Value>()
        && order.contains_key("token")
    {
        for name in ["id", "token", "placed_at", "held_until"] {
            // Only an order that waits for its payment has the last one.
            if name == "held_until" && !order.contains_key(name) {
                continue;
            }
            let value = order
                .insert(name.to_owned(), Value::Null)
                .unwrap_or_default();
            let value = value.as_str().unwrap_or_default();
            assert!(!value.is_empty(), "an order without {name}");
            for text in plain.values_mut() {
                *text = text.replace(value, name);
            }
        }
        body = Value::Object(order).to_string();
    }
    if let Ok(Value::Object(mut problem)) = answer.json::<Value>()
        && let Some(quote) = problem.get_mut("quote").and_then(Value::as_object_mut)
    {
        // A quote is made now, and signed.
        for name in ["quote", "expires_at"] {
            let value = quote.insert(name.to_owned(), Value::Null);
            assert!(
                value.is_some_and(|value| value.is_string()),
                "a quote without {name}"
            );
        }
        body = Value::Object(problem).to_string();
    }
    // The signature of a cart, and of the orders that were placed, depends on the secret of the shop.
    if let Some(cookies) = plain.get_mut("set-cookie") {
        let cookies_plain: Vec<_> = cookies.lines().map(without_value).collect();
        *cookies = cookies_plain.join("\n");
    }
    plain.insert("body".to_owned(), body);
    plain
}

/// A cookie without its value, unless that is empty.
fn without_value(cookie: &str) -> String {
    match (cookie.find('='), cookie.find("; Path")) {
        (Some(start), Some(end)) if end > start + 1 => {
            format!("{}VALUE{}", &cookie[..=start], &cookie[end..])
        }
        _ => cookie.to_owned(),
    }
}

/// A sentence for each answer that differs.
pub(crate) fn differences(left: &[(String, Plain)], right: &[(String, Plain)]) -> Vec<String> {
    let pairs = left.iter().zip(right);
    pairs
        .filter_map(|((name, left), (_, right))| difference(name, left, right))
        .collect()
}

fn difference(name: &str, left: &Plain, right: &Plain) -> Option<String> {
    let place = left
        .iter()
        .find(|(part, value)| right.get(*part) != Some(*value));
    let (part, expected) = place?;
    let found = right.get(part)?;
    let same = expected
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| {
        text.chars()
            .skip(same.saturating_sub(40))
            .take(160)
            .collect::<String>()
    };
    Some(format!(
        "{name}: {part} differs\n  first:  …{}\n  second: …{}",
        around(expected),
        around(found)
    ))
}

mod with_wrangler_dev {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_platform_answers_as_workers_do() -> anyhow::Result<()> {
        super::a_platform_answers_as_workers_do(souk_e2e::Platform::WranglerDev).await
    }
}

mod with_spin_sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_platform_answers_as_workers_do() -> anyhow::Result<()> {
        super::a_platform_answers_as_workers_do(souk_e2e::Platform::SpinSqlite).await
    }
}

mod with_spin_postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_platform_answers_as_workers_do() -> anyhow::Result<()> {
        super::a_platform_answers_as_workers_do(souk_e2e::Platform::SpinPostgres).await
    }
}
