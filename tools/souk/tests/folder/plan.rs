//! The plan of a night in a folder.

use std::fs;

use serde_json::Value;

use crate::folders::{Folder, repository};
use crate::last_line;

#[test]
fn the_plan_of_the_demo_shop_is_sound_and_not_yet_rehearsed() {
    let folder = Folder::new("plan-demo");
    let demo = repository().join("tools/xtask/demo");
    let demo = demo.to_str().unwrap();
    let told = folder.souk(&["plan", "lint", demo]).ok();
    assert!(told.contains("needs 2 approvals"), "{told}");
    let warnings = told.lines().filter(|line| line.starts_with("warning: "));
    assert_eq!(warnings.count(), 1, "{told}");
    let linted = last_line(&folder.souk(&["plan", "lint", demo, "--json"]).ok());
    let hash = linted["hash"].as_str().unwrap();
    // A journal in which every step has fired under this plan.
    let records = ["early", "slow", "failing", "stop"].map(|step| {
        let what = format!("plan {}, step {step}, episode 1: fired: level 1", &hash[..12]);
        let record = serde_json::json!({
            "seq": 1, "at": 1, "who": "plan", "what": what, "effect": "none", "prev": "", "hash": "",
        });
        record.to_string()
    });
    let journal = folder.path().join("drill.jsonl");
    fs::write(&journal, records.join("\n")).unwrap();
    let journal = journal.to_str().unwrap();
    let told = folder
        .souk(&["plan", "lint", demo, "--journal", journal])
        .ok();
    assert!(!told.contains("warning"), "{told}");
    fs::write(journal, records[1..].join("\n")).unwrap();
    let told = folder
        .souk(&["plan", "lint", demo, "--journal", journal])
        .ok();
    assert!(told.contains("not rehearsed: early never fired"), "{told}");
    let compiled: Value = serde_json::from_str(linted["plan"].as_str().unwrap()).unwrap();
    assert_eq!(compiled["steps"].as_array().unwrap().len(), 5);
}

#[test]
fn a_plan_that_would_go_wrong_is_refused_and_does_not_stop_a_publish() {
    let folder = Folder::kontor("plan-refused");
    let file = folder.path().join("shop/plan.toml");
    let text =
        "[[step]]\nid = \"early\"\nat = \"sale herbstmarkt opens -10m\"\ndo = [\"level 1\"]\n";
    fs::write(&file, text).unwrap();
    let refused = folder.souk(&["plan", "lint", "shop"]).refused();
    for lacks in ["no undo", "no max", "no check"] {
        assert!(refused.contains(lacks), "{refused}");
    }
    let told = folder.souk(&["check", "shop"]).ok();
    assert!(
        told.contains("warning: plan.toml:1:1: step[1]: the step 'early' has no undo"),
        "{told}"
    );
    fs::write(&file, text.replace("level 1", "level 9")).unwrap();
    let refused = folder.souk(&["check", "shop"]).refused();
    assert!(
        refused.contains("plan.toml:4:7: step[1].do[1]: a level is 0 to 5"),
        "{refused}"
    );
}
