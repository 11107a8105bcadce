//! `plan.toml`.

use souk_operations::plan::{At, Begin, Plan, Undo};
use souk_shop_folder::plan::{lint, read};
use souk_shop_folder::sort;

const SALES: &[&str] = &["drop", "market"];

const SLOW: &str = r#"[[step]]
id = "slow"
when = { all = ["avg origin.p99 over 10s > 400ms"], for = "10s" }
clear = { all = ["avg origin.p99 over 10s < 200ms"], for = "60s" }
do = ["level 2"]
undo = "auto"
check = { all = ["min switches.applied over 1s > 99%"], within = "5s" }
max = "30m"
"#;

fn plan(text: &str) -> Plan {
    let mut problems = Vec::new();
    let plan = read(text, SALES, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    plan.unwrap()
}

/// What is wrong with a file.
fn problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    assert_eq!(read(text, SALES, &mut problems), None, "{text}");
    sort(&mut problems);
    problems.iter().map(ToString::to_string).collect()
}

/// What would go wrong in the night.
fn faults(text: &str) -> Vec<String> {
    let mut faults = lint(text, &plan(text));
    sort(&mut faults);
    faults.iter().map(ToString::to_string).collect()
}

/// The only one.
fn only(found: Vec<String>) -> String {
    let [one] = &found[..] else {
        panic!("{found:?}");
    };
    one.clone()
}

#[test]
fn a_step_is_read_with_all_that_it_says() {
    let text = format!(
        "{SLOW}\n{}",
        r#"
[[step]]
id = "early"
at = "sale drop opens -10m"
do = ["level 1", "limit order 10 in 60s"]
undo = ["level 1"]
approval = 2

[[step]]
id = "night"
at = 2026-11-11T00:00:00+08:00
do = ["sale market close"]

[[step]]
id = "call"
task = "Call the carrier"
owner = "bea"
due = "sale drop opens -1h"
"#
    );
    let plan = plan(&text);
    assert_eq!(plan.approval(), 2);
    let [slow, early, night, call] = &plan.steps[..] else {
        panic!("{plan:?}");
    };
    assert_eq!((slow.approval, slow.max_s), (1, Some(1_800)));
    assert_eq!(slow.undo, Some(Undo::Auto));
    assert!(matches!(&slow.begin, Begin::When(held) if held.for_s == 10));
    let does: Vec<_> = early.actions.iter().map(ToString::to_string).collect();
    assert_eq!(does, ["level 1", "limit order 10 in 60 s"]);
    assert!(matches!(&early.undo, Some(Undo::List(list)) if list.len() == 1));
    let Begin::At(At::Instant(instant)) = &night.begin else {
        panic!("{night:?}");
    };
    assert_eq!(instant.at_s, 1_794_326_400);
    assert!(matches!(&call.begin, Begin::Task(task) if task.owner == "bea"));
    assert_eq!(Plan::decode(&plan.canonical()), Ok(plan));
}

#[test]
fn comments_and_layout_do_not_change_what_is_approved() {
    let other = SLOW.replace("\"60s\"", "\"1m\"").replace("400ms", "0.4s");
    let other = format!("# a comment\n\n{other}").replace("over 10s >", "over  10s  >");
    assert_eq!(plan(SLOW).canonical(), plan(&other).canonical());
}

#[test]
fn what_cannot_be_carried_out_is_named_with_its_place() {
    let cases = [
        (SLOW.replace("origin.p99 over 10s >", "origin.p89 over 10s >"),
         "plan.toml:3:17: step[1].when.all[1]: there is no signal 'origin.p89'; did you mean origin.p99?"),
        (SLOW.replace("400ms", "400"), ""),
        (SLOW.replace("400ms", "40%"), "plan.toml:3:17: step[1].when.all[1]: '40%' is no bound of"),
        (SLOW.replace("level 2", "level 7"), "plan.toml:5:7: step[1].do[1]: a level is 0 to 5"),
        (SLOW.replace("\"level 2\"", "\"sale dropp pause\""),
         "plan.toml:5:7: step[1].do[1]: the shop has no sale 'dropp'; did you mean drop?"),
        (SLOW.replace("\"auto\"", "\"all\""), "plan.toml:6:8: step[1].undo: 'all' cannot stand here"),
        (SLOW.replace("\"30m\"", "\"25h\""), "plan.toml:8:7: step[1].max: "),
        (SLOW.replace("\"slow\"", "\"Slow\""), "plan.toml:2:6: step[1].id: "),
        (SLOW.replace("when = ", "wenn = "), "plan.toml:3:1: step[1].wenn: there is no key 'wenn' here"),
        (format!("{SLOW}at = \"sale drop opens\"\n"), "a step begins in one way"),
        (format!("{SLOW}owner = \"bea\"\n"), "plan.toml:9:1: step[1].owner: this belongs to a task"),
        (SLOW.replace("do = [\"level 2\"]\n", ""), "the step does nothing"),
        (format!("{SLOW}\n{SLOW}"), "the step 'slow' stands twice"),
        ("[[step]]\nid = \"a\"\ntask = \"call\"\n".to_owned(), "the task has no owner"),
        ("[[step]]\nid = \"a\"\ntask = \"call\"\nowner = \"b\"\ndue = \"sale drop opens\"\nmax = \"1m\"\n"
            .to_owned(), "plan.toml:6:1: step[1].max: a task sets nothing by itself"),
        ("[[step]]\nid = \"a\"\nat = \"sale drop starts\"\ndo = [\"level 1\"]\n".to_owned(),
         "plan.toml:3:6: step[1].at: there is no event of a sale 'starts'"),
        (String::new(), "the key 'step' is missing"),
    ];
    for (text, reason) in cases {
        if reason.is_empty() {
            plan(&text);
            continue;
        }
        let found = problems(&text);
        assert!(
            found.iter().any(|one| one.contains(reason)),
            "{reason}: {found:?}"
        );
    }
}

#[test]
fn a_plan_that_is_safe_has_no_faults() {
    assert_eq!(faults(SLOW), [""; 0]);
    // Closed is for good, and a task sets nothing.
    let text = r#"
[[step]]
id = "end"
at = "sale drop opens +2h"
do = ["sale drop close"]
check = { all = ["max orders.rate over 5s <= 0/s"], within = "30s" }

[[step]]
id = "call"
task = "Call the carrier"
owner = "bea"
due = "sale drop opens -1h"
"#;
    assert_eq!(faults(text), [""; 0]);
    let higher = SLOW.replace("slow", "slower").replace("level 2", "level 4");
    assert_eq!(faults(&format!("{SLOW}\n{higher}")), [""; 0], "levels rise");
}

#[test]
fn a_step_without_a_way_back_an_end_or_a_check_is_refused() {
    for (key, lacks) in [("undo", "undo"), ("max", "max"), ("check", "check")] {
        let lines = SLOW.lines().filter(|line| !line.starts_with(key));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let fault = only(faults(&text));
        let expected = format!("plan.toml:1:1: step[1]: the step 'slow' has no {lacks}; ");
        assert!(fault.starts_with(&expected), "{fault}");
    }
}

#[test]
fn a_clear_that_can_hold_together_with_its_when_is_refused() {
    for clear in [
        "avg origin.p99 over 10s < 400ms",
        "avg origin.p99 over 10s < 500ms",
        "avg origin.p99 over 9s < 200ms",
        "max origin.p99 over 10s < 200ms",
        "avg pages.p99 over 10s < 200ms",
        "avg origin.p99 over 10s > 500ms",
    ] {
        let fault = only(faults(
            &SLOW.replace("avg origin.p99 over 10s < 200ms", clear),
        ));
        let expected = "plan.toml:4:1: step[1].clear: it can hold while 'avg origin.p99 over 10s > 400ms' \
                        holds; ";
        assert!(fault.starts_with(expected), "{clear}: {fault}");
    }
    // Each condition needs one.
    let two = SLOW.replace("> 400ms\"", "> 400ms\", \"avg edges over 5s > 3\"");
    assert!(only(faults(&two)).contains("'avg edges over 5s > 3'"));
}

#[test]
fn steps_that_want_different_things_are_refused() {
    let with = |id: &str, action: &str| {
        let step = SLOW.replace("slow", id);
        step.replace("level 2", action)
    };
    for (one, other) in [
        ("switch search closed", "switch search on"),
        ("switch search closed", "switch search static"),
        ("sale drop pause", "sale drop close"),
        ("limit order 10 in 60s", "limit order 20 in 60s"),
    ] {
        let text = format!("{}\n{}", with("one", one), with("other", other));
        let fault = only(faults(&text));
        assert!(
            fault.starts_with("plan.toml:14:7: step[2].do[1]: the step 'one' does '"),
            "{fault}"
        );
    }
    for (one, other) in [
        ("switch search closed", "switch search closed"),
        ("switch search closed", "switch filters off"),
        ("sale drop pause", "sale market close"),
    ] {
        let text = format!("{}\n{}", with("one", one), with("other", other));
        assert_eq!(faults(&text), [""; 0], "{one}, {other}");
    }
    let twice = with("one", "level 2\", \"level 3");
    assert!(only(faults(&twice)).contains("'level 2' is about the same"));
    assert!(only(faults(&with("one", "level 0"))).contains("level 0 sets nothing"));
}
