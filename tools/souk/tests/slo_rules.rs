//! `docs/slo-alerts.yml` is what `souk slo rules` prints for the shipped targets; `cargo xtask alerts`
//! evaluates it on histories of figures.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Rewrites the document instead of comparing.
const UPDATE: &str = "UPDATE_SLO_ALERTS";

/// What `souk slo rules` prints for a folder with this file, and whether it succeeds.
fn rules(name: &str, file: Option<&str>) -> (bool, String) {
    let folder = std::env::temp_dir().join(format!("souk-slo-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    if let Some(text) = file {
        fs::write(folder.join("slo.toml"), text).expect("a file");
    }
    let printed = Command::new(env!("CARGO_BIN_EXE_souk"))
        .args(["slo", "rules", "--dir"])
        .arg(&folder)
        .output()
        .expect("the program");
    fs::remove_dir_all(&folder).expect("no folder");
    (
        printed.status.success(),
        String::from_utf8(printed.stdout).expect("UTF-8"),
    )
}

#[test]
fn the_documented_alerts_are_those_of_the_shipped_targets() {
    let (is_good, text) = rules("shipped", None);
    assert!(is_good && !text.is_empty(), "{text}");
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/slo-alerts.yml");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&document, &text).unwrap();
    }
    let documented = fs::read_to_string(&document).unwrap();
    assert_eq!(
        documented,
        text,
        "{UPDATE}=1 rewrites {}",
        document.display()
    );
}

#[test]
fn a_file_with_errors_prints_no_alerts() {
    let wrong = "[[target]]\nclass = \"all\"\navailability = 99.9\nunder_ms = 700\nshare = 99\n";
    let (is_good, said) = rules("wrong", Some(wrong));
    assert!(!is_good);
    assert!(
        said.contains("slo.toml:4:12") && said.contains("500 or 1000"),
        "{said}"
    );
}
