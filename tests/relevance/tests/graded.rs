//! How good the first results are on the demo shop, in English and in Chinese: `demo.csv` has queries
//! with the products that answer them, graded from 1 to 3 by hand.
//!
//! Not here: the measurement on real products with more grades, `cargo xtask relevance`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the search reached when a rule of it changed last. Change it together with the rule.
const NDCG: f64 = 0.939;
/// The test fails where more than this is lost.
const LOSS: f64 = 0.01;

#[test]
fn the_first_results_are_as_good_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = folder.join("../../tools/xtask/demo");
    let mut relevance = Command::new(env!("CARGO_BIN_EXE_souk-relevance"));
    relevance
        .arg("--catalogue")
        .arg(demo.join("products.csv"))
        .arg("--translations")
        .arg(demo.join("products.zh-CN.csv"))
        .arg("--judgements")
        .arg(folder.join("tests/demo.csv"))
        .arg("--rules")
        .arg(demo.join("search.toml"))
        .args(["--language", "en,zh", "--typos", "100", "--json"]);
    let output = relevance.output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let reached = report["graded"]["ndcg10_raw"].as_f64().expect("a number");
    assert!(
        reached >= NDCG - LOSS,
        "{reached} instead of {NDCG}: {report}"
    );
    assert!(reached <= NDCG + LOSS, "better, {reached}: raise NDCG");
    let typos = report["typos_top5"].as_f64().expect("a number");
    assert!(typos >= 0.97, "typos: {typos}");
}
